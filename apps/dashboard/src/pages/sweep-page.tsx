import type { RunAnswer, SweepDetail, TrialAnswer } from '@gansweep/contract';
import { CURVE_NAMES, type CurveName, howMany, RUN_STATES } from '@gansweep/domain';
import { type ReactNode, useMemo, useState } from 'react';
import { count, duration, memory, parameters, shortId, withoutHash } from '../format.ts';
import { CurvePlot, colourOf, type Line } from '../parts/curve-plot.tsx';
import { Fault } from '../parts/fault.tsx';
import { markersOf } from '../parts/findings.tsx';
import { Importance } from '../parts/importance.tsx';
import { ComparedPanels } from '../parts/panels.tsx';
import { SampleStrip } from '../parts/sample-strip.tsx';
import { Progress, State } from '../parts/state.tsx';
import { Stopping } from '../parts/stopping.tsx';
import { TrialsTable } from '../parts/trials-table.tsx';
import { service, useEvents, useInterval, useResource } from '../service.ts';

/** Curves drawn at once; more would be a carpet. */
const CURVES_AT_MOST = 60;
const GRIDS_AT_MOST = 24;
const REFRESH_MS = 3_000;

export function SweepPage({ id }: { readonly id: string }): ReactNode {
  const sweep = useResource(`sweep ${id}`, (signal) => service.getSweep({ id }, { signal }));
  const trials = useResource(`trials ${id}`, (signal) => service.listTrials({ id, limit: 500 }, { signal }));
  const runs = useResource(`runs ${id}`, (signal) => service.listRuns({ sweep: id, limit: 500 }, { signal }));
  const beside = useResource(`generators ${id}`, (signal) => service.compareGenerators({ id, limit: 500 }, { signal }));
  const [name, setName] = useState<CurveName>('lossD');
  const [round, setRound] = useState(0);
  const runItems = runs.value?.items ?? [];
  const drawn = runItems.filter(({ imagesSeen }) => imagesSeen > 0).slice(0, CURVES_AT_MOST);
  const curves = useResource(`curves ${name} ${round} ${drawn.map((run) => run.id).join()}`, async (signal) => {
    const parts = await Promise.all(
      drawn.map((run) => service.getCurves({ id: run.id, names: name, maxPoints: 400 }, { signal })),
    );
    return parts.map((part, i) => ({ run: drawn[i] as RunAnswer, curve: part.series[name] }));
  });
  const reload = (): void => {
    sweep.reload();
    trials.reload();
    runs.reload();
    beside.reload();
  };
  useEvents(
    (event) =>
      (event.type === 'sweep' && event.payload.id === id) ||
      ((event.type === 'run' || event.type === 'finding') && event.payload.sweeps.some((other) => other === id)),
    reload,
  );
  useInterval(
    REFRESH_MS,
    runItems.some(({ state }) => state === 'running'),
    () => {
      sweep.reload();
      runs.reload();
      setRound((n) => n + 1);
    },
  );
  const trialItems = trials.value?.items ?? [];
  const axes = sweep.value?.axes ?? [];
  const held = useHeld(curves.value);
  const lines = useMemo(() => linesOf(held ?? [], trialItems, axes), [held, trialItems, axes]);
  const findings = useMemo(() => new Map((runs.value?.items ?? []).map((run) => [run.id, run.findings])), [runs.value]);
  const markers = useMemo(
    () => (runs.value?.items ?? []).flatMap((run) => markersOf(run.findings, `run ${shortId(run.id)}, `)),
    [runs.value],
  );
  if (!sweep.value) return <Fault error={sweep.error} />;
  return (
    <>
      <Heading sweep={sweep.value} />
      <Fault error={trials.error ?? runs.error ?? beside.error ?? curves.error} />
      <section>
        <h2>Trials</h2>
        {trialItems.length > 0 ? (
          <TrialsTable sweep={sweep.value} trials={trialItems} findings={findings} beside={beside.value?.items ?? []} />
        ) : (
          <p className="empty">No trial yet.</p>
        )}
      </section>
      {axes.length > 0 && sweep.value.metrics.length > 0 ? (
        <Importance id={id} endedRuns={sweep.value.progress.endedRuns} />
      ) : null}
      <section>
        <h2>
          Curves{' '}
          <select value={name} onChange={(event) => setName(event.target.value as CurveName)} aria-label="curve">
            {CURVE_NAMES.map((curve) => (
              <option key={curve}>{curve}</option>
            ))}
          </select>
        </h2>
        {lines.length > 0 ? (
          <CurvePlot title={name} lines={lines} markers={markers} />
        ) : (
          <p className="empty">No points yet.</p>
        )}
        {runItems.length > drawn.length && drawn.length === CURVES_AT_MOST ? (
          <p className="note">The first {CURVES_AT_MOST} runs are drawn.</p>
        ) : null}
      </section>
      <section>
        <h2>Samples</h2>
        <div className="strips">
          {runItems.slice(0, GRIDS_AT_MOST).map((run) => (
            <SampleStrip
              key={run.id}
              run={run}
              title={`${parameters(run.config, axes)} · seed ${run.seed}`}
              round={run.state === 'running' ? Math.floor(round / 3) : 0}
            />
          ))}
        </div>
      </section>
      <ComparedPanels
        runs={runItems
          .slice(0, GRIDS_AT_MOST)
          .map((run) => ({ run, title: `${parameters(run.config, axes)} · seed ${run.seed}` }))}
      />
      <section>
        <h2>Runs</h2>
        <RunsTable runs={runItems} axes={axes} />
      </section>
    </>
  );
}

/** The last value that was there, so that a plot does not blink while the next one loads. */
function useHeld<Value>(value: Value | null): Value | null {
  const [held, setHeld] = useState(value);
  if (value !== null && value !== held) setHeld(value);
  return value ?? held;
}

function Heading({ sweep }: { readonly sweep: SweepDetail }): ReactNode {
  const counts = RUN_STATES.filter((state) => sweep.counts[state] > 0);
  return (
    <>
      <h1>
        {sweep.name} <State state={sweep.state} />
      </h1>
      {sweep.description && <p className="question">{sweep.description}</p>}
      {sweep.pausedBecause && <p className="fault">Paused: {sweep.pausedBecause}</p>}
      {sweep.waitingBecause && <p className="fault">Runs wait: {sweep.waitingBecause}</p>}
      <p className="facts">
        {howMany(sweep.trialCount, 'trial', count(sweep.trialCount))},{' '}
        {howMany(sweep.runCount, 'run', count(sweep.runCount))}
        {sweep.progress.expandedRuns < sweep.runCount
          ? ` (${count(sweep.progress.expandedRuns)} stand so far, the others follow)`
          : ''}
        {sweep.seeds.max > sweep.seeds.min
          ? ` (${sweep.seeds.min} to ${sweep.seeds.max} seeds a trial, more where the order is uncertain)`
          : ''}
        :{' '}
        {counts.map((state) => (
          <span key={state}>
            {count(sweep.counts[state])} <State state={state} />{' '}
          </span>
        ))}
        · {duration(sweep.cost.seconds)} of training
        {sweep.adoptedRunCount > 0
          ? ` · ${howMany(sweep.adoptedRunCount, 'run', count(sweep.adoptedRunCount))} recorded before`
          : ''}
      </p>
      {sweep.growths.map(({ at, changes, notes, addedTrialCount, addedRunCount }) => (
        <p className="facts" key={at}>
          Grew {at.slice(0, 16).replace('T', ' ')} UTC by {count(addedTrialCount)} trials, {count(addedRunCount)} runs:{' '}
          {[...changes, ...notes].join('; ')}
        </p>
      ))}
      <Progress done={sweep.progress.imagesSeen} of={sweep.progress.images} />
      {sweep.stopping && <Stopping stopping={sweep.stopping} />}
    </>
  );
}

function RunsTable({
  runs,
  axes,
}: {
  readonly runs: readonly RunAnswer[];
  readonly axes: readonly string[];
}): ReactNode {
  return (
    <div className="wide">
      <table>
        <thead>
          <tr>
            <th>run</th>
            <th>configuration</th>
            <th className="number">seed</th>
            <th>state</th>
            <th>progress</th>
            <th className="number">images seen</th>
            <th className="number">attempts</th>
            <th>backend</th>
            <th className="number">cost</th>
            <th className="number">memory</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <a href={`#/runs/${run.id}`}>
                  <code>{shortId(run.id)}</code>
                </a>
              </td>
              <td className="text">{parameters(run.config, axes)}</td>
              <td className="number">{run.seed}</td>
              <td>
                <State state={run.state} />
              </td>
              <td>
                <Progress done={run.imagesSeen} of={Number(run.config.images ?? 0)} />
              </td>
              <td className="number">{count(run.imagesSeen)}</td>
              <td className="number">{run.attempts.length}</td>
              <td title={run.backend?.name}>{run.backend ? withoutHash(run.backend.name) : '–'}</td>
              <td className="number">{duration(run.cost.seconds)}</td>
              <td className="number">{memory(run.cost.peakMemoryMib)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RunCurve {
  readonly run: RunAnswer;
  readonly curve: { readonly images: readonly number[]; readonly value: readonly (number | null)[] } | undefined;
}

/** A line a run: the colour says the trial, dashes the later seeds. */
function linesOf(
  curves: readonly RunCurve[],
  trials: readonly TrialAnswer[],
  axes: readonly string[],
): readonly Line[] {
  const numberOf = new Map(trials.map((trial, i) => [trial.id as string, i]));
  const firstSeed = new Map<string, number>();
  for (const { run } of curves) firstSeed.set(run.trialId, Math.min(firstSeed.get(run.trialId) ?? run.seed, run.seed));
  return curves.flatMap(({ run, curve }) =>
    curve && curve.images.length > 0
      ? [
          {
            key: run.id,
            label: `${parameters(run.config, axes)} · seed ${run.seed}`,
            colour: colourOf(numberOf.get(run.trialId) ?? 0),
            dashed: run.seed !== firstSeed.get(run.trialId),
            images: curve.images,
            values: curve.value,
          },
        ]
      : [],
  );
}
