import { openDataset } from '@gansweep/datasets';
import type { Finding } from '@gansweep/domain';
import { planTraining } from '@gansweep/gan';
import { buildConfiguration } from '@gansweep/testkit';
import { expect, it } from 'vitest';
import { attemptDetectors } from './run-detectors.ts';

// 205 iterations of 16 images, recorded by fives.
const configuration = buildConfiguration({ batch: 16, images: 3_280 });
const plan = planTraining(configuration);
const EVERY = 80;
const dataset = await openDataset(configuration);

type Points = Parameters<typeof attemptDetectors>[0]['history'];

/** D wins from `from` on, recorded every `every` images up to `to`. */
const winning = ({ every, from, to }: { every: number; from: number; to: number }): Points =>
  Array.from({ length: to / every }, (_, i) => (i + 1) * every).flatMap((imagesSeen) => [
    { imagesSeen, name: 'dReal', value: imagesSeen > from ? 0.99 : 0.5 },
    { imagesSeen, name: 'dFake', value: imagesSeen > from ? 0.01 : 0.5 },
  ]);

function resumed(history: Points, isInherited: boolean, onFinding = {}) {
  const told: Finding[] = [];
  const plans = [{ every: null, samples: 1, protocols: [], onFinding }];
  const detectors = attemptDetectors(
    { configuration, plans, history },
    { dataset, plan, tell: (news) => news.kind === 'finding' && told.push(news.finding) },
  );
  detectors.resume(history.at(-1)?.imagesSeen ?? 0, { isInherited });
  return { told, detectors };
}

it('what is found in the record of a shorter run is told, and in an own one is told already', () => {
  const record = winning({ every: EVERY, from: 400, to: 1_600 });
  const { told, detectors } = resumed(record, true, { 'd-dominance': 'end' });
  expect(told.map(({ name, imagesSeen }) => [name, imagesSeen])).toEqual([['d-dominance', 800]]);
  expect(detectors.endRun()).toBe(true);
  const again = resumed(record, false, { 'd-dominance': 'end' });
  expect([again.told, again.detectors.endRun()]).toEqual([[], true]);
});

it('a shorter run that recorded more often is looked at as if it had recorded as this one does', () => {
  const [often, own] = [16, EVERY].map((every) => resumed(winning({ every, from: 400, to: 1_600 }), true).told);
  expect(often).toEqual(own);
});
