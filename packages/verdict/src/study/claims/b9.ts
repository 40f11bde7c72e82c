import { alike, type Judge, more } from '../answers.ts';
import type { SmallClaim } from '../claim.ts';
import { last, type Measure } from '../measures.ts';
import type { StudyRun } from '../study-record.ts';

const farther: Judge = (runs) =>
  more({ of: distanceFrom(runs.filter(({ config }) => config.nz === 100)), in: { nz: 1000 }, than: { nz: 10 } })(runs);

/** Root mean square distance of both losses to the mean curves of some runs. */
function distanceFrom(others: readonly StudyRun[]): Measure {
  return {
    name: 'distance of loss curves to those of nz 100',
    of: ({ curves }) => {
      let [squares, n] = [0, 0];
      for (const name of ['lossD', 'lossG'])
        curves[name]?.value.forEach((value, i) => {
          const there = others.flatMap((other) => other.curves[name]?.value[i] ?? []);
          if (value === null || there.length === 0) return;
          squares += (value - there.reduce((sum, one) => sum + one, 0) / there.length) ** 2;
          n += 1;
        });
      return n > 0 ? Math.sqrt(squares / n) : null;
    },
  };
}

export const B9: SmallClaim = {
  id: 'B9',
  source: 'DCGAN lab',
  claim: 'nz 10: the same result; nz 1000: similar, too smooth, other loss curves',
  scale: 'cpu-small',
  profile: 'quick',
  reads: { scores: ['kid-lenet', 'recall-lenet'], curves: ['lossD', 'lossG'] },
  parts: [
    {
      name: 'images with 10 are as good as with 100',
      judge: alike({ of: last('kid-lenet'), in: { nz: 10 }, than: { nz: 100 } }),
    },
    {
      name: 'images with 1,000 are as good as with 100',
      judge: alike({ of: last('kid-lenet'), in: { nz: 1000 }, than: { nz: 100 } }),
    },
    { name: 'loss curves with 1,000 are further from those with 100 than the curves with 10 are', judge: farther },
  ],
};
