import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { smallPlane } from '../test/small-runs.ts';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint, type FullCheckpoint } from './checkpoint.ts';

const CHECKPOINT: FullCheckpoint = {
  kind: 'full',
  format: 1,
  configuration: smallPlane(),
  seed: 7,
  shape: { kind: 'plane' },
  imagesSeen: 96,
  iteration: 12,
  lastBorder: 80,
  partialSums: { lossD: 0.1 + 0.2, gradNormG: 1e-300 },
  partialSeconds: 0.25,
  tensors: { pG: Float32Array.of(1.5, -0, 3e-45, Number.NaN), pD: Float32Array.of(3.4028235e38) },
};
const bytes = (): Uint8Array => encodeCheckpoint(CHECKPOINT);

describe('a checkpoint', () => {
  it('comes back from its bytes with every bit', () => {
    const read = decodeCheckpoint(bytes());
    expect(read).toEqual(CHECKPOINT);
    expect(Object.is(read.tensors.pG?.[1], -0)).toBe(true);
  });

  it('has the same bytes whatever the order of its tensors', () => {
    const { pG, pD } = CHECKPOINT.tensors as { pG: Float32Array; pD: Float32Array };
    expect(encodeCheckpoint({ ...CHECKPOINT, tensors: { pD, pG } })).toEqual(
      encodeCheckpoint({ ...CHECKPOINT, tensors: { pG, pD } }),
    );
  });

  it('is read also where it begins at an odd byte of a larger buffer', () => {
    const large = new Uint8Array(bytes().length + 3);
    large.set(bytes(), 3);
    expect(decodeCheckpoint(large.subarray(3))).toEqual(CHECKPOINT);
  });

  it('with any one byte changed is refused', () => {
    for (let at = 0; at < bytes().length; at += 5) {
      const changed = bytes();
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => decodeCheckpoint(changed)).toThrow(CheckpointError);
    }
  });

  it.each([0, 1, 11, 12, 43, 44, 200])('cut to %i bytes is refused', (length) => {
    expect(() => decodeCheckpoint(bytes().subarray(0, length))).toThrow(CheckpointError);
  });

  it('with a byte added is refused', () => {
    expect(() => decodeCheckpoint(Uint8Array.of(...bytes(), 0))).toThrow(/sha256 does not match/);
  });

  it('of a later format is refused by name, with its hash in order', () => {
    const later = Buffer.from(bytes());
    later.write('"format":2', later.indexOf('"format":1'));
    createHash('sha256')
      .update(later.subarray(0, -32))
      .digest()
      .copy(later, later.length - 32);
    expect(() => decodeCheckpoint(later)).toThrow(/has format 2; this version reads 1/);
  });

  it('says what is wrong with bytes of another kind', () => {
    expect(() => decodeCheckpoint(new TextEncoder().encode('PK'.repeat(50)))).toThrow(/not a checkpoint of gansweep/);
  });
});
