import { describe, expect, it } from 'vitest';
import { openOnnxGraph } from './onnx-graph.ts';
import { BadOnnx, readOnnx } from './read-onnx.ts';

const text = (words: string): number[] => [...new TextEncoder().encode(words)];
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const block = (number: number, content: readonly number[]): number[] => [
  ...varint(8 * number + 2),
  ...varint(content.length),
  ...content,
];
const whole = (number: number, value: number): number[] => [...varint(8 * number), ...varint(value)];
const floats = (...values: number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)];

/** A tensor: its type, shape, name, and numbers as raw bytes or as a list. */
const tensor = (name: string, shape: readonly number[], content: readonly number[], type = 1): number[] =>
  block(5, [...shape.flatMap((side) => whole(1, side)), ...whole(2, type), ...block(8, text(name)), ...content]);
const value = (number: number, name: string, shape: readonly (number | string)[]): number[] => {
  const sides = shape.flatMap((side) => block(1, typeof side === 'number' ? whole(1, side) : block(2, text(side))));
  return block(number, [...block(1, text(name)), ...block(2, block(1, [...whole(1, 1), ...block(2, sides)]))]);
};
/** y = x·w, [n, 2] → [n, 3], with a scalar that nothing uses and a list of whole numbers. */
const model = (weights: number[] = tensor('w', [2, 3], block(9, floats(1, 2, 3, 4, 5, 6)))): Uint8Array => {
  const node = block(1, [
    ...block(1, text('x')),
    ...block(1, text('w')),
    ...block(2, text('y')),
    ...block(4, text('MatMul')),
  ]);
  const others = [...tensor('b', [2], block(4, floats(7, 8))), ...tensor('shape', [1], block(7, [5]), 7)];
  const graph = [
    ...node,
    ...block(2, text('g')),
    ...weights,
    ...others,
    ...value(11, 'x', ['n', 2]),
    ...value(11, 'w', [2, 3]),
    ...value(12, 'y', ['n', 3]),
  ];
  const opset = block(8, [...block(1, []), ...whole(2, 13)]);
  const note = block(14, [...block(1, text('key')), ...block(2, text('note'))]);
  return Uint8Array.from([...whole(1, 8), ...block(7, graph), ...opset, ...note]);
};

describe('an ONNX model', () => {
  it('is read: inputs without weights, outputs, floating-point weights however they are kept, notes', () => {
    expect(readOnnx(model())).toEqual({
      inputs: [{ name: 'x', type: 'float32', shape: [null, 2] }],
      outputs: [{ name: 'y', type: 'float32', shape: [null, 3] }],
      weights: [
        { name: 'w', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: 'b', shape: [2], values: Float32Array.of(7, 8) },
      ],
      metadata: { key: 'note' },
    });
  });

  it('runs', async () => {
    await using graph = await openOnnxGraph(model());
    const { data, dims } = await graph.run({ name: 'x', data: Float32Array.of(1, 0, 0, 1), dims: [2, 2] }, 'y');
    expect([Array.from(data), dims]).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 3],
    ]);
  });

  it.each([
    ['another file', Uint8Array.from(text('<html>not a model</html>')), /no ONNX model/],
    ['nothing', new Uint8Array(), /no ONNX model/],
    ['half a model', model().subarray(0, 60), /cut off|no ONNX model/],
    ['weights elsewhere', model(tensor('w', [2, 3], whole(14, 1))), /keeps 'w' in another file/],
    ['half precision', model(tensor('w', [2, 3], block(9, []), 10)), /float16/],
    ['too few numbers', model(tensor('w', [2, 3], block(9, floats(1)))), /1 numbers in 'w' of shape 2×3/],
  ])('is refused where it is %s', async (_, bytes, message) => {
    expect(() => readOnnx(bytes)).toThrow(BadOnnx);
    expect(() => readOnnx(bytes)).toThrow(message);
  });

  it('that ONNX Runtime refuses is refused with its reason', async () => {
    const broken = model(tensor('w', [3, 2], block(9, floats(1, 2, 3, 4, 5, 6))));
    await expect(openOnnxGraph(broken)).rejects.toThrow(BadOnnx);
  });
});
