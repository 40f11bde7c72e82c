import { expect, it } from 'vitest';
import type { Configuration } from './configuration.ts';
import { scheduleInTheWay, trainingKey } from './continuation.ts';

const of = (fields: object): Configuration =>
  ({ model: 'mlp2d', dataset: 'ring8', images: 640, lrSchedule: 'none', ...fields }) as unknown as Configuration;

it('configurations that differ in their length alone have one key, in whatever order their fields stand', () => {
  expect(trainingKey(of({ images: 1_280, nz: 2 }))).toBe(trainingKey(of({ nz: 2 })));
  expect(trainingKey(of({ images: 1_280, growKimg: 4 }))).toBe(trainingKey(of({ growKimg: 2 })));
  expect(trainingKey({ ...{ nz: 2 }, ...of({}) } as Configuration)).toBe(trainingKey(of({ nz: 2 })));
  expect(trainingKey(of({ images: 1_280, nz: 3 }))).not.toBe(trainingKey(of({ nz: 2 })));
});

it.each([
  ['learning rates that stay', {}, {}, null],
  ['steps of learning rates', { lrSchedule: 'step' }, { lrSchedule: 'step' }, /lrSchedule/],
  ['growth of networks that was given', { growKimg: 3 }, { growKimg: 3 }, null],
  ['growth of networks by default', { growKimg: 2 }, { growKimg: 4 }, /growKimg/],
  ['a trainer of the user', { trainer: 'mine' }, { trainer: 'mine' }, /trainer/],
  ['averages and augmentation, counted in images', { ema: 10, adaTarget: 0.6 }, { ema: 10, adaTarget: 0.6 }, null],
  ['networks, loss and noise of plugins', { loss: 'plugin:mine' }, { loss: 'plugin:mine' }, null],
])(
  'a longer run goes on from a shorter one unless a schedule has shares of the whole: %s',
  (_, short, long, because) => {
    const found = scheduleInTheWay(of(short), of({ ...long, images: 1_280 }));
    if (because === null) expect(found).toBeNull();
    else expect(found).toMatch(because);
  },
);
