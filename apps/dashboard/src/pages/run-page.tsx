import { CURVE_NAMES } from '@gansweep/domain';
import { parameters } from '@gansweep/spec/browser';
import { type ReactNode, useMemo } from 'react';
import { allDigits, count, duration, memory, number, shortId, value } from '../format.ts';
import { CurvePlot, colourOf, type Line } from '../parts/curve-plot.tsx';
import { Fault } from '../parts/fault.tsx';
import { Findings, markersOf } from '../parts/findings.tsx';
import { RunPanels } from '../parts/panels.tsx';
import { SampleImage } from '../parts/sample-image.tsx';
import { ScoresTable } from '../parts/scores.tsx';
import { Progress, State } from '../parts/state.tsx';
import { service, useEvents, useInterval, useResource } from '../service.ts';

const REFRESH_MS = 3_000;
/** Of a list, as many as the service gives at once. */
const AT_MOST = 500;
/** Curves that belong on one pair of axes. */
const PLOTS = [
  ['loss', ['lossD', 'lossG', 'lossE']],
  ['probability', ['dReal', 'dFake']],
  ['accuracy', ['accReal', 'accFake']],
  ['gradient norm', ['gradNormD', 'gradNormG', 'gradNormE']],
  ['R1 penalty', ['r1']],
  ['path length', ['pathLength']],
  ['probability of augmentation', ['adaP']],
  ['diversity of samples', ['sampleDiversity']],
  ['modes of samples', ['sampleModes']],
  ['novelty of samples', ['sampleNovelty']],
  ["D's updates frozen, share", ['frozenD']],
  ['images per second', ['imagesPerSecond']],
  ['wait for inputs, share', ['dataWait']],
] as const;

export function RunPage({ id }: { readonly id: string }): ReactNode {
  const run = useResource(`run ${id}`, (signal) => service.getRun({ id }, { signal }));
  const curves = useResource(`curves ${id}`, (signal) =>
    service.getCurves({ id, names: CURVE_NAMES.join(','), maxPoints: 1000 }, { signal }),
  );
  const evaluations = useResource(`evaluations ${id}`, (signal) =>
    service.listEvaluations({ id, limit: AT_MOST }, { signal }),
  );
  const samples = useResource(`samples ${id}`, (signal) => service.listSamples({ id, limit: AT_MOST }, { signal }));
  const panels = useResource(`panels ${id}`, (signal) => service.listPanels({ id, limit: AT_MOST }, { signal }));
  const logs = useResource(`logs ${id}`, (signal) => service.getLogs({ id, limit: 100 }, { signal }));
  const reload = (): void => {
    for (const resource of [run, curves, evaluations, samples, panels, logs]) resource.reload();
  };
  useEvents(
    (event) =>
      (event.type === 'run' && event.payload.id === id) || (event.type === 'finding' && event.payload.run === id),
    reload,
  );
  useInterval(REFRESH_MS, run.value?.state === 'running', reload);
  const plots = useMemo(
    () =>
      PLOTS.map(([title, names]) => ({
        title,
        lines: names.flatMap((name, i): Line[] => {
          const curve = curves.value?.series[name];
          return curve && curve.images.length > 0
            ? [
                {
                  key: name,
                  label: name,
                  colour: colourOf(i),
                  dashed: false,
                  images: curve.images,
                  values: curve.value,
                },
              ]
            : [];
        }),
      })).filter(({ lines }) => lines.length > 0),
    [curves.value],
  );
  const markers = useMemo(() => markersOf(run.value?.findings ?? []), [run.value]);
  if (!run.value) return <Fault error={run.error} />;
  const { config, outcome } = run.value;
  const pack = run.value.attempts.at(-1)?.pack;
  return (
    <>
      <h1>
        Run <code>{shortId(id)}</code> <State state={run.value.state} />
      </h1>
      <p className="facts">
        seed {run.value.seed} · {count(run.value.imagesSeen)} of {count(Number(config.images ?? 0))} images seen ·{' '}
        {duration(run.value.cost.seconds)} (evaluations {duration(run.value.cost.evaluationSeconds)}) ·
        {run.value.cost.peakMemoryMib !== null && ` at most ${memory(run.value.cost.peakMemoryMib)} ·`}{' '}
        {run.value.backend
          ? `${run.value.backend.name} ${run.value.backend.version} on ${run.value.backend.device}`
          : 'not begun'}
        {run.value.sweepIds.map((sweep) => (
          <span key={sweep}>
            {' '}
            · <a href={`#/sweeps/${sweep}`}>its sweep</a>
          </span>
        ))}
        {run.value.continues && (
          <span>
            {' '}
            · goes on from run <a href={`#/runs/${run.value.continues}`}>{shortId(run.value.continues)}</a>
          </span>
        )}
        {config.model === 'mlp2d' && (
          <span>
            {' '}
            · <a href={`#/live?run=${id}`}>train it here</a>
          </span>
        )}
      </p>
      {pack?.because && (
        <p className="facts">
          {pack.size === 1 ? 'Trains alone' : `Trains beside ${pack.size - 1} others`}: {pack.because}.
        </p>
      )}
      <Progress done={run.value.imagesSeen} of={Number(config.images ?? 0)} />
      {outcome?.kind === 'diverged' && (
        <p className="fault">
          Diverged after {count(outcome.atImagesSeen)} images: <code>{outcome.firstBadTensor}</code> was the first
          tensor that was not finite.
        </p>
      )}
      {(outcome?.kind === 'failed' || outcome?.kind === 'quarantined') && (
        <p className="fault">{outcome.failure.message}</p>
      )}
      <Fault error={panels.error ?? logs.error} />
      <Findings findings={run.value.findings} />
      <section>
        <h2>Curves</h2>
        <Fault error={curves.error} />
        {plots.length === 0 && <p className="empty">No points yet.</p>}
        <div className="plots">
          {plots.map(({ title, lines }) => (
            <CurvePlot key={title} title={title} lines={lines} markers={markers} />
          ))}
        </div>
      </section>
      <section>
        <h2>Samples</h2>
        <Fault error={samples.error} />
        <div className="strips">
          {(samples.value?.items ?? []).map((sample) => (
            <figure className="strip" key={sample.imagesSeen}>
              <SampleImage runId={id} images={sample.imagesSeen} url={sample.url} />
              <figcaption>{count(sample.imagesSeen)} images seen</figcaption>
            </figure>
          ))}
        </div>
        {samples.value?.items.length === 0 && <p className="empty">No samples yet.</p>}
      </section>
      {(panels.value?.items.length ?? 0) > 0 && (
        <section>
          <h2>Panels</h2>
          <RunPanels runId={id} panels={panels.value?.items ?? []} />
        </section>
      )}
      <section>
        <h2>Evaluations</h2>
        <Fault error={evaluations.error} />
        {(evaluations.value?.items.length ?? 0) > 0 && <ScoresTable evaluations={evaluations.value?.items ?? []} />}
        {(evaluations.value?.items.length ?? 0) > 0 && (
          <details>
            <summary>Passports: how each score was made</summary>
            {(evaluations.value?.items ?? []).map((evaluation) => (
              <details key={`${evaluation.imagesSeen} ${evaluation.protocol}`}>
                <summary>
                  <code>{evaluation.protocol}</code> after {count(evaluation.imagesSeen)} images
                </summary>
                <pre>{JSON.stringify(evaluation.passport, null, 2)}</pre>
              </details>
            ))}
          </details>
        )}
        {evaluations.value?.items.length === 0 && <p className="empty">No evaluation yet.</p>}
      </section>
      <section>
        <h2>Configuration</h2>
        <dl className="fields">
          {fieldsOf(config).map(({ name, doc }) => (
            <div key={name} title={doc}>
              <dt>{name}</dt>
              <dd title={allDigits(config[name])}>{value(config[name])}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>Attempts</h2>
        <div className="wide">
          <table>
            <thead>
              <tr>
                <th className="number">epoch</th>
                <th>worker</th>
                <th>from</th>
                <th className="number">pack</th>
                <th>ended</th>
                <th className="number">seconds</th>
                <th>why</th>
              </tr>
            </thead>
            <tbody>
              {run.value.attempts.map((attempt) => (
                <tr key={attempt.epoch}>
                  <td className="number">{attempt.epoch}</td>
                  <td>
                    {attempt.host}, slot {attempt.slot}
                  </td>
                  <td>
                    {attempt.resumedAtImages > 0 ? `checkpoint at ${count(attempt.resumedAtImages)} images` : 'scratch'}
                  </td>
                  <td className="number">{attempt.pack.size}</td>
                  <td>{attempt.endedAs ?? 'running'}</td>
                  <td className="number">{number(attempt.seconds)}</td>
                  <td className="text">{attempt.failure?.message ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {logs.value && logs.value.items.length > 0 && (
        <section>
          <h2>Log</h2>
          <pre className="log">{logs.value.items.map(({ line }) => line).join('\n')}</pre>
        </section>
      )}
    </>
  );
}

/** What a configuration has, in the order of the table; fields of plugins, which the page does not know, behind them. */
function fieldsOf(
  config: Readonly<Record<string, unknown>>,
): readonly { readonly name: string; readonly doc: string | undefined }[] {
  const known = parameters().filter(({ name }) => config[name] !== undefined);
  const names = new Set<string>(known.map(({ name }) => name));
  const others = Object.keys(config).filter((name) => !names.has(name));
  return [...known, ...others.map((name) => ({ name, doc: undefined }))];
}
