import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { add, matMul, mul, tanh } from '../../browser.ts';
import { traceProgram } from '../../trace.ts';
import { functionModel } from './function-model.ts';

it('is a function of the inputs of a program, with its weights inside', async () => {
  const program = traceProgram((tracer) => {
    const weights = tracer.state('weights', [2, 3]);
    const scale = tracer.input('scale', [], { each: 'call' });
    const product = matMul(tracer.input('noise', [4, 2]), weights);
    return { outputs: { samples: mul(tanh(add(product, product)), scale), noise2: product } };
  });
  const weights = Float32Array.of(1, 2, 3, 4, 5, 6);
  const session = await InferenceSession.create(functionModel(program, { weights }));
  const noise = Float32Array.of(0.1, 0.2, 0, 0, -0.1, 0.3, 1, 0);
  const { samples, noise2 } = await session.run({
    noise: new Tensor('float32', noise, [4, 2]),
    scale: new Tensor('float32', Float32Array.of(2), []),
  });
  expect([...session.inputNames].sort()).toEqual(['noise', 'scale']);
  expect(noise2?.dims).toEqual([4, 3]);
  const expected = Array.from({ length: 12 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    const at = (k: number): number => (noise[2 * row + k] as number) * (weights[3 * k + column] as number);
    return at(0) + at(1);
  });
  Array.from(noise2?.data as Float32Array).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 5);
  });
  Array.from(samples?.data as Float32Array).forEach((value, i) => {
    expect(value).toBeCloseTo(2 * Math.tanh(2 * (expected[i] as number)), 5);
  });
  await session.release();
});

it('needs every weight', () => {
  const program = traceProgram((tracer) => ({
    outputs: { sum: add(tracer.state('weights', [2]), tracer.input('x', [2])) },
  }));
  expect(() => functionModel(program, {})).toThrow('a model needs its tensor weights');
});
