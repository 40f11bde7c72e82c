import type { Mlp2dConfiguration } from '@gansweep/domain';
import { configurationWith, resolveConfiguration } from '@gansweep/spec/browser';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { count, number, shortId } from '../format.ts';
import { ConfigurationForm, type FieldTexts } from '../live/configuration-form.tsx';
import { EXAMPLES } from '../live/examples.ts';
import type { Looked } from '../live/messages.ts';
import { type Painter, PlaneCanvas } from '../live/plane-canvas.tsx';
import { type Agreement, compareWithStored, isSameBuild, NOTHING_COMPARED } from '../live/stored-curve.ts';
import { sweepText } from '../live/sweep-text.ts';
import { type Trainer, useTrainer } from '../live/use-trainer.ts';
import { CurvePlot, colourOf, type Line } from '../parts/curve-plot.tsx';
import { Fault } from '../parts/fault.tsx';
import { service, useResource } from '../service.ts';

/** Names of the paces, and iterations a second. */
const PACES: readonly (readonly [string, number | null])[] = [
  ['full speed', null],
  ['1,000 iterations a second', 1_000],
  ['100 iterations a second', 100],
  ['10 iterations a second', 10],
];
const PLOTS = [
  ['loss', ['lossD', 'lossG']],
  ['probability', ['dReal', 'dFake']],
] as const;

const isPlane = (config: { readonly model: string }): config is Mlp2dConfiguration => config.model === 'mlp2d';

/** A run whose configuration and seed are trained again here. */
interface StoredRun {
  readonly id: string;
  readonly configuration: Mlp2dConfiguration;
  readonly seed: number;
  readonly backend: { readonly name: string; readonly version: string; readonly device: string } | null;
  readonly follow: ReturnType<typeof compareWithStored>;
  readonly lines: readonly Line[];
}

/**
 * A GAN of the plane trained in the page by the service's own code. Addresses: `#/live`, `#/live?dataset=ring8&seed=3…`,
 * `#/live?run=<id>`.
 */
export default function LivePage({ query }: { readonly query: string }): ReactNode {
  const asked = useMemo(() => new URLSearchParams(query), [query]);
  const run = asked.get('run');
  if (run !== null) return <RunAgain id={run} />;
  const { seed = '1', ...fields } = Object.fromEntries(asked);
  const first = Object.keys(fields).length > 0 ? fields : EXAMPLES[0].fields;
  return <Live first={first} firstSeed={seed} stored={null} />;
}

function RunAgain({ id }: { readonly id: string }): ReactNode {
  const run = useResource(`run ${id}`, (signal) => service.getRun({ id }, { signal }));
  const curves = useResource(`every point ${id}`, (signal) =>
    service.getCurves({ id, names: 'lossD,lossG', maxPoints: 0 }, { signal }),
  );
  const stored = useMemo((): StoredRun | string | null => {
    if (!run.value || !curves.value) return null;
    const { config, seed, backend } = run.value;
    const read = resolveConfiguration(config);
    if (!read.ok || !isPlane(read.value)) return `Only mlp2d trains in the page; this run is of ${config.model}.`;
    const { series } = curves.value;
    const lines = (['lossD', 'lossG'] as const).flatMap((name, i): Line[] => {
      const curve = series[name];
      return curve
        ? [
            {
              key: `stored ${name}`,
              label: `stored ${name}`,
              colour: colourOf(i),
              dashed: true,
              images: curve.images,
              values: curve.value,
            },
          ]
        : [];
    });
    return { id, configuration: read.value, seed, backend, follow: compareWithStored(curves.value), lines };
  }, [run.value, curves.value, id]);
  if (typeof stored === 'string') return <p className="fault">{stored}</p>;
  if (!stored) return <Fault error={run.error ?? curves.error} />;
  const first = Object.fromEntries(Object.entries(stored.configuration).map(([name, value]) => [name, String(value)]));
  return <Live first={first} firstSeed={String(stored.seed)} stored={stored} />;
}

function Live({
  first,
  firstSeed,
  stored: storedAtFirst,
}: {
  readonly first: FieldTexts;
  readonly firstSeed: string;
  readonly stored: StoredRun | null;
}): ReactNode {
  const [settings, setSettings] = useState(() => settingsFrom(first, firstSeed));
  const [stored, setStored] = useState(storedAtFirst);
  const [attempt, setAttempt] = useState(0);
  const [pace, setPace] = useState<number | null>(null);
  const [agreement, setAgreement] = useState(NOTHING_COMPARED);
  const { configuration, seed } = settings;
  const painter = useRef<Painter>(() => {});
  const trainer = useTrainer({
    configuration,
    seed,
    attempt,
    onLook: (looked, opened) => painter.current(looked, opened),
    onPoints: (points) => {
      if (stored) setAgreement((before) => stored.follow(before, points));
    },
  });
  const reset = (): void => {
    trainer.pause();
    setAgreement(NOTHING_COMPARED);
    setAttempt((n) => n + 1);
  };
  /** Another training: the run that it began with is not followed any more. */
  const choose = (texts: FieldTexts, seedText: string): void => {
    const next = settingsFrom(texts, seedText, settings);
    setSettings(next);
    if (next.configuration === configuration && next.seed === seed) return;
    setStored(null);
    setAgreement(NOTHING_COMPARED);
    window.history.replaceState(null, '', `#/live?${addressOf(next)}`);
  };
  const go = (iterationsPerSecond: number | null): void => {
    const until = stored && trainer.opened ? trainer.opened.totalImages : null;
    trainer.go({ iterationsPerSecond, until });
  };
  const { looked, opened } = trainer;
  const isTraining = looked?.state === 'training';
  return (
    <>
      <h1>Live</h1>
      <p className="question">
        A GAN trains in this page: the same program, random numbers and WebAssembly as the service's own runs.
      </p>
      {stored && <Following stored={stored} agreement={agreement} device={opened?.backend ?? null} />}
      {trainer.fault !== null && (
        <p className="fault" role="alert">
          It cannot train here: {trainer.fault}
        </p>
      )}
      <div className="live">
        <section className="stage" aria-label="Picture">
          <PlaneCanvas law={configuration.dataset} label={pictureWords(configuration, looked)} painter={painter} />
          <p className="key" aria-hidden="true">
            <span className="real">real</span> <span className="made">generated</span>{' '}
            <span>shade: which of the two D takes a point for</span>
          </p>
        </section>
        <section aria-label="Training">
          <div className="controls">
            <button
              type="button"
              className="primary"
              onClick={() => (isTraining ? trainer.pause() : go(pace))}
              disabled={!opened || looked?.state === 'diverged'}
            >
              {isTraining ? 'Pause' : 'Start'}
            </button>
            <button
              type="button"
              onClick={trainer.step}
              disabled={!opened || isTraining || looked?.state === 'diverged'}
            >
              Step
            </button>
            <button type="button" onClick={reset} disabled={!opened}>
              Reset
            </button>
            <label>
              pace{' '}
              <select
                value={String(pace)}
                onChange={(event) => {
                  const chosen = PACES.find(([, rate]) => String(rate) === event.target.value)?.[1] ?? null;
                  setPace(chosen);
                  if (isTraining) go(chosen);
                }}
              >
                {PACES.map(([words, rate]) => (
                  <option key={words} value={String(rate)}>
                    {words}
                  </option>
                ))}
              </select>
            </label>
            <label>
              seed{' '}
              <input
                className="seed"
                inputMode="numeric"
                value={settings.seedText}
                aria-invalid={settings.seedText !== String(seed)}
                onChange={(event) => choose(settings.texts, event.target.value)}
              />
            </label>
          </div>
          <Figures trainer={trainer} budget={stored ? (opened?.totalImages ?? null) : null} />
          <Plots trainer={trainer} stored={stored} />
        </section>
      </div>
      <section>
        <h2>Configuration</h2>
        <div className="controls">
          {EXAMPLES.map(({ title, fields }) => (
            <button key={title} type="button" onClick={() => choose(fields, '1')}>
              {title}
            </button>
          ))}
          <CopySpec configuration={configuration} />
        </div>
        <ConfigurationForm
          configuration={configuration}
          texts={settings.texts}
          problems={settings.problems}
          onChange={(name, text) => choose({ ...settings.texts, [name]: text }, settings.seedText)}
        />
      </section>
    </>
  );
}

interface Settings {
  readonly texts: FieldTexts;
  readonly seedText: string;
  /** Of the newest texts without a problem. */
  readonly configuration: Mlp2dConfiguration;
  readonly seed: number;
  readonly problems: Readonly<Record<string, string>>;
}

/** Texts read by the spec's own rules; with a problem, the configuration stays as it was. */
function settingsFrom(texts: FieldTexts, seedText: string, before?: Settings): Settings {
  const defaults = planeDefaults();
  const seedNumber = /^\d{1,15}$/.test(seedText) ? Number(seedText) : null;
  const read = configurationWith(defaults, { ...texts, model: 'mlp2d' });
  const seed = seedNumber ?? before?.seed ?? 1;
  if (read.ok && isPlane(read.value)) {
    const configuration = read.value;
    const isSame = JSON.stringify(configuration) === JSON.stringify(before?.configuration);
    const kept = Object.fromEntries(Object.entries(texts).filter(([name]) => name in configuration));
    return {
      texts: kept,
      seedText,
      seed,
      configuration: isSame && before ? before.configuration : configuration,
      problems: {},
    };
  }
  const problems = read.ok ? {} : Object.fromEntries(read.error.map(({ path, message }) => [path, message]));
  return { texts, seedText, seed, configuration: before?.configuration ?? defaults, problems };
}

function planeDefaults(): Mlp2dConfiguration {
  const defaults = resolveConfiguration({ model: 'mlp2d' });
  if (!defaults.ok || !isPlane(defaults.value)) throw new Error('mlp2d has no defaults');
  return defaults.value;
}

/** What differs from the defaults, and the seed. */
function addressOf({ configuration, seed }: Settings): string {
  const defaults: Readonly<Record<string, unknown>> = planeDefaults() as never;
  const set = Object.entries(configuration).filter(([name, value]) => defaults[name] !== value);
  return new URLSearchParams([
    ...set.map(([name, value]): [string, string] => [name, String(value)]),
    ['seed', String(seed)],
  ]).toString();
}

function Figures({ trainer, budget }: { readonly trainer: Trainer; readonly budget: number | null }): ReactNode {
  const { looked } = trainer;
  const scores = looked?.scores?.values ?? {};
  const figures: readonly (readonly [string, string])[] = [
    ['images seen', looked ? count(looked.imagesSeen) : '–'],
    ['images/s', looked?.imagesPerSecond ? count(Math.round(looked.imagesPerSecond)) : '–'],
    ['js', number(scores.js ?? null)],
    ...(scores.modes === undefined
      ? []
      : ([
          ['modes', String(scores.modes)],
          ['high quality', `${Math.round(100 * (scores.hq ?? 0))} %`],
        ] as const)),
  ];
  return (
    <>
      <dl className="figures">
        {figures.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p className="note" role="status">
        {stateWords(looked, budget)}
      </p>
    </>
  );
}

function stateWords(looked: Looked | null, budget: number | null): string {
  if (!looked) return 'Compiling the step …';
  if (looked.state === 'diverged')
    return `Diverged: ${looked.firstBadTensor} was the first tensor that was not finite. Reset, or change something.`;
  if (looked.state === 'training') return 'Training. It rests while this tab is hidden.';
  if (budget !== null && looked.imagesSeen === budget) return "The run's budget is used; Start goes on beyond it.";
  return looked.imagesSeen === 0 ? 'Ready.' : 'Paused.';
}

function pictureWords({ dataset }: Mlp2dConfiguration, looked: Looked | null): string {
  const js = looked?.scores?.values.js;
  const score = js === undefined ? '' : `, Jensen–Shannon divergence ${number(js)}`;
  return `points of the law ${dataset} and generated points after ${count(looked?.imagesSeen ?? 0)} images${score}`;
}

function Plots({ trainer, stored }: { readonly trainer: Trainer; readonly stored: StoredRun | null }): ReactNode {
  const { curves, round } = trainer;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the round says when the curves have more points
  const plots = useMemo(
    () =>
      PLOTS.map(([title, names]) => ({
        title,
        lines: [
          ...names.map(
            (name, i): Line => ({ key: name, label: name, colour: colourOf(i), dashed: false, ...curves.curve(name) }),
          ),
          ...(title === 'loss' ? (stored?.lines ?? []) : []),
        ],
      })),
    [round, curves, stored],
  );
  return (
    <div className="plots">
      {plots.map(({ title, lines }) => (
        <CurvePlot key={title} title={title} lines={lines} height={200} />
      ))}
    </div>
  );
}

function Following({
  stored,
  agreement: { compared, equal, largestShare, firstAt },
  device,
}: {
  readonly stored: StoredRun;
  readonly agreement: Agreement;
  readonly device: StoredRun['backend'];
}): ReactNode {
  const { id, backend, seed } = stored;
  const isOther = backend !== null && device !== null && !isSameBuild(backend, device);
  return (
    <p className="facts" role="status">
      Run{' '}
      <a href={`#/runs/${id}`}>
        <code>{shortId(id)}</code>
      </a>{' '}
      again, seed {seed}.{' '}
      {compared === 0
        ? isOther
          ? `It was trained by ${buildWords(backend)}, here ${buildWords(device)} trains: the last bits differ, and a GAN lets them grow.`
          : 'Its stored losses are dashed; the same build repeats them to the bit.'
        : equal === compared
          ? `All ${count(compared)} recorded points so far equal the stored ones to the bit.`
          : `${count(equal)} of ${count(compared)} recorded points equal the stored ones to the bit; from ${count(firstAt ?? 0)} images on they differ, by ${number(100 * largestShare)} % at most.${isOther ? ` That run was trained by ${buildWords(backend)}, here it is ${buildWords(device)}.` : ''}`}
    </p>
  );
}

const buildWords = ({ name, version, device }: NonNullable<StoredRun['backend']>): string =>
  `${name} ${version} on ${device}`;

function CopySpec({ configuration }: { readonly configuration: Mlp2dConfiguration }): ReactNode {
  const [text, setText] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 2_000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    const spec = sweepText(configuration);
    try {
      await navigator.clipboard.writeText(spec);
      setCopied(true);
      setText(null);
    } catch {
      // Without a secure address there is no clipboard: show it to be copied by hand.
      setText(spec);
    }
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {copied ? 'Copied' : 'Copy as sweep spec'}
      </button>
      {text !== null && <textarea className="spec" readOnly rows={12} value={text} aria-label="sweep spec" />}
    </>
  );
}
