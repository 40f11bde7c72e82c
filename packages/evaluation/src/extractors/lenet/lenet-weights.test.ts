import { describe, expect, it } from 'vitest';
import { LENET_TENSOR_NAMES, LENET_TENSORS } from './lenet-network.ts';
import { decodeLenetWeights, encodeLenetWeights, type LenetWeights, readLenetWeights } from './lenet-weights.ts';

const invented = Object.fromEntries(
  LENET_TENSOR_NAMES.map((name, tensor) => [
    name,
    Float32Array.from({ length: LENET_TENSORS[name].reduce((product: number, side) => product * side, 1) }, (_, i) =>
      Math.fround(tensor + i / 7),
    ),
  ]),
) as LenetWeights;

describe('the weights file', () => {
  it('gives back every number', () => {
    expect(decodeLenetWeights(encodeLenetWeights(invented, { seed: 1 }))).toEqual(invented);
  });

  it('of the repository is whole and smaller than a megabyte', async () => {
    const weights = await readLenetWeights();
    const bytes = encodeLenetWeights(weights, {});
    expect(bytes.length).toBeLessThan(1_000_000);
    for (const name of LENET_TENSOR_NAMES) expect(weights[name].every(Number.isFinite), name).toBe(true);
  });

  it('is refused when it is cut off or of another network', () => {
    const bytes = encodeLenetWeights(invented, {});
    expect(() => decodeLenetWeights(bytes.subarray(0, bytes.length - 4))).toThrow();
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(() => decodeLenetWeights(longer)).toThrow('its header says');
    const other = new TextDecoder('latin1').decode(bytes).replace('"shape":[16,1,4,4]', '"shape":[16,1,4,5]');
    expect(() => decodeLenetWeights(Uint8Array.from(other, (letter) => letter.charCodeAt(0)))).toThrow('not weights');
  });
});
