import { ROUTES } from '@gansweep/contract';
import {
  type Baseline,
  beginNight,
  keyOfPart,
  type Night,
  type NightRefusal,
  waitingBecause,
} from '@gansweep/orchestrator';
import { Problem } from '../problems.ts';
import { type ApiDeps, answer, type Handlers } from './handler.ts';
import { pageOfAll } from './page-of-all.ts';
import { parsedBody } from './parsed-body.ts';

type Names = 'listBaselines' | 'saveBaseline' | 'getBaseline' | 'listVerdicts' | 'askVerdict' | 'getVerdict';

export function nightHandlers({ store, newId }: ApiDeps): Handlers<Names> {
  const { nights, folders, read } = store;
  return {
    listBaselines: async ({ query }) => {
      const all = await nights.baselines();
      return answer(
        pageOfAll(
          all.map(({ name, savedAt }) => ({ name, savedAt })),
          query,
        ),
      );
    },
    saveBaseline: async ({ text }) => {
      const baseline = parsedBody(text, ROUTES.saveBaseline.body, 'a baseline') as Baseline;
      await nights.saveBaseline(baseline);
      return answer({ name: baseline.name, savedAt: baseline.savedAt });
    },
    getBaseline: async ({ params }) => {
      const found = await nights.baseline(params.name);
      if (!found) throw new Problem('not-found', 'there is no baseline of this name: GET /api/v1/baselines lists them');
      return answer(found);
    },
    listVerdicts: async ({ query }) => answer(pageOfAll((await nights.list()).map(itemOf), query)),
    askVerdict: async ({ text }) => {
      const request = parsedBody(text, ROUTES.askVerdict.body, 'a question to a night');
      const id = newId();
      const begun = await beginNight({ id, scheduledFor: null, request }, { nights, folders });
      if (!begun.ok) throw new Problem(...problemOfRefusal(begun.error));
      return answer({ id }, 201);
    },
    getVerdict: async ({ params }) => {
      const night = await nights.get(params.id);
      if (!night) throw new Problem('not-found', 'there is no night of this id: GET /api/v1/verdicts lists them');
      const ids = await nights.sweepsOf(night.id);
      const looks = await Promise.all(
        night.looks.map(async ({ sweeps }, at) => ({
          sweeps: await Promise.all(
            sweeps.map(async ({ name, seeds }) => {
              const sweepId = ids[keyOfPart(night.id, at, name)] ?? null;
              const sweep = sweepId === null ? null : await read.getSweep(sweepId);
              return {
                name,
                seeds,
                sweepId,
                endedRuns: sweep?.progress.endedRuns ?? 0,
                runCount: sweep?.runCount ?? 0,
                waitingBecause: sweep ? waitingBecause(sweep.lacks) : null,
              };
            }),
          ),
        })),
      );
      return answer({ ...itemOf(night), settings: night.request?.settings ?? null, looks, report: reportOf(night) });
    },
  };
}

/** Hundreds of packages are told by their hash; what changed of them is in the report. */
function reportOf({ report }: Night): object | null {
  if (report === null) return null;
  const { lockfile } = report.circumstances;
  return {
    ...report,
    circumstances: { ...report.circumstances, lockfile: lockfile === null ? null : { hash: lockfile.hash } },
  };
}

function itemOf({ id, scheduledFor, state, request, report, createdAt, endedAt }: Night): object {
  const counts = { improved: 0, unchanged: 0, regressed: 0, inconclusive: 0 };
  for (const { verdict } of report?.questions ?? []) counts[verdict]++;
  return {
    id,
    scheduledFor,
    state,
    verdict: report?.verdict ?? null,
    baseline: request?.baseline ?? null,
    saveBaseline: request?.saveBaseline ?? null,
    sweeps: request?.sweeps.map(({ name }) => name) ?? [],
    counts,
    createdAt,
    endedAt,
  };
}

/** Why no night began, in one line. */
export function lineOfRefusal(refusal: NightRefusal): string {
  const [, detail = '', problems = []] = problemOfRefusal(refusal);
  return [detail, ...problems.map(({ message }) => message)].join(': ');
}

/** Words of why no night began. */
function problemOfRefusal(refusal: NightRefusal): ConstructorParameters<typeof Problem> {
  switch (refusal.kind) {
    case 'bad-sweep':
      return [
        'bad-spec',
        `${refusal.sweep} is no regression sweep`,
        [{ path: refusal.sweep, message: refusal.message }],
      ];
    case 'no-baseline':
      return [
        'not-found',
        `there is no baseline '${refusal.name}': gansweep nightly --save-baseline ${refusal.name} makes it, POST /api/v1/baselines stores a file`,
      ];
    case 'nothing-to-compare':
      return ['conflict', refusal.message];
    case 'begun-already':
      return ['conflict', 'the night of this date has begun already'];
  }
}
