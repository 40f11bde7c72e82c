import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../test/evaluate-expression.ts';
import { adam, adamCorrections, heavyBall } from './optimisers.ts';

const scalar = (value: number) => ({ shape: [], data: [value] });
const vector = (data: readonly number[]) => ({ shape: [data.length], data });
const GRADIENTS = [
  [0.5, -2, 1e-6],
  [0.1, 3, -1e-6],
  [-0.7, 0.2, 4e-6],
];

describe('adam', () => {
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, learningRate: 0.1 };

  it('moves as the published algorithm says, over several updates', () => {
    let weights = [1, -1, 0.5];
    let first = [0, 0, 0];
    let second = [0, 0, 0];
    const expected = { weights: [...weights], m: [0, 0, 0], v: [0, 0, 0] };
    GRADIENTS.forEach((gradient, update) => {
      const t = update + 1;
      const { beta1, beta2, epsilon, learningRate } = settings;
      const corrections = adamCorrections(t, settings);
      const results = evaluateExpression(
        {
          weights: vector(weights),
          gradient: vector(gradient),
          first: vector(first),
          second: vector(second),
          learningRate: scalar(learningRate),
          beta1: scalar(beta1),
          rest1: scalar(1 - beta1),
          beta2: scalar(beta2),
          rest2: scalar(1 - beta2),
          epsilon: scalar(epsilon),
          c1: scalar(corrections[0]),
          c2: scalar(corrections[1]),
        },
        (s) => {
          const next = adam(
            { parameters: s.weights, gradient: s.gradient, learningRate: s.learningRate },
            { first: s.first, second: s.second },
            {
              beta1: [s.beta1, s.rest1],
              beta2: [s.beta2, s.rest2],
              epsilon: s.epsilon,
              corrections: [s.c1, s.c2],
            },
          );
          return { w: next.parameters, m: next.first, v: next.second };
        },
      );
      [weights, first, second] = [results.w, results.m, results.v];
      gradient.forEach((g, i) => {
        expected.m[i] = beta1 * (expected.m[i] as number) + (1 - beta1) * g;
        expected.v[i] = beta2 * (expected.v[i] as number) + (1 - beta2) * g * g;
        const mHat = (expected.m[i] as number) / (1 - beta1 ** t);
        const vHat = (expected.v[i] as number) / (1 - beta2 ** t);
        expected.weights[i] = (expected.weights[i] as number) - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
        expect(weights[i]).toBeCloseTo(expected.weights[i] as number, 12);
        expect(first[i]).toBeCloseTo(expected.m[i] as number, 14);
        expect(second[i]).toBeCloseTo(expected.v[i] as number, 14);
      });
    });
    // The first step of Adam has the length of the learning rate, whatever the gradient's.
    expect(adamCorrections(1, settings)).toEqual([1 / (1 - 0.9), 1 / (1 - 0.99)]);
  });
});

describe('the heavy ball', () => {
  it.each([0, 0.9])('with momentum %f keeps its velocity', (momentum) => {
    let weights = [1, -1, 0.5];
    let velocity = [0, 0, 0];
    const expected = { weights: [...weights], velocity: [0, 0, 0] };
    for (const gradient of GRADIENTS) {
      const results = evaluateExpression(
        {
          weights: vector(weights),
          gradient: vector(gradient),
          velocity: vector(velocity),
          learningRate: scalar(0.1),
          momentum: scalar(momentum),
        },
        (s) => {
          const next = heavyBall(
            { parameters: s.weights, gradient: s.gradient, learningRate: s.learningRate },
            { velocity: s.velocity, momentum: s.momentum },
          );
          return { w: next.parameters, u: next.velocity };
        },
      );
      [weights, velocity] = [results.w, results.u];
      gradient.forEach((g, i) => {
        expected.velocity[i] = momentum * (expected.velocity[i] as number) + g;
        expected.weights[i] = (expected.weights[i] as number) - 0.1 * (expected.velocity[i] as number);
        expect(weights[i]).toBeCloseTo(expected.weights[i] as number, 14);
      });
    }
  });
});
