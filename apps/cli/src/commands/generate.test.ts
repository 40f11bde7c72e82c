import type { Configuration } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { oneClass } from './generate.ts';

const told = (toldOf: number) => ({ toldOf, configuration: { model: 'dcgan' } as Configuration });

it('a class that is asked for is that of every sample', () => {
  const classOf = oneClass(3, told(10));
  expect([classOf(), classOf()]).toEqual([3, 3]);
});

it('a class that the generator is not told is refused with what it is told', () => {
  expect(() => oneClass(0, told(0))).toThrow('dcgan of this run is told no classes: leave --class out');
  expect(() => oneClass(10, told(10))).toThrow('--class 10 is none of the 10 that the generator is told: take 0 to 9');
});
