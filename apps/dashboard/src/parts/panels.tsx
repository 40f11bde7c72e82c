import type { PanelAnswer, RunAnswer } from '@gansweep/contract';
import { PANEL_NAMES, PANELS, type PanelName } from '@gansweep/domain';
import { type ReactNode, useState } from 'react';
import { count } from '../format.ts';
import { hasToken, service, useResource } from '../service.ts';
import { State } from './state.tsx';
import { StoredPicture } from './stored-picture.tsx';

function PanelPicture({ runId, panel }: { readonly runId: string; readonly panel: PanelAnswer }): ReactNode {
  const { name, imagesSeen: images, url } = panel;
  return (
    <StoredPicture
      className="panel"
      url={url}
      load={() => service.getPanel({ id: runId, name, images })}
      alt={`${PANELS[name].title}, after ${count(images)} images`}
    />
  );
}

/** All panels of a run with what is seen on them: of each kind the newest, or that of a moment which the reader chooses. */
export function RunPanels({
  runId,
  panels,
}: {
  readonly runId: string;
  readonly panels: readonly PanelAnswer[];
}): ReactNode {
  const [until, setUntil] = useState<number | null>(null);
  const moments = [...new Set(panels.map(({ imagesSeen }) => imagesSeen))].sort((a, b) => a - b);
  const newest = newestByName(panels.filter(({ imagesSeen }) => until === null || imagesSeen <= until));
  return (
    <div className="panels">
      {moments.length > 1 && (
        <p className="note moments">
          After{' '}
          <select
            value={until ?? moments.at(-1)}
            onChange={(event) => setUntil(Number(event.target.value))}
            aria-label="images seen"
          >
            {moments.map((moment) => (
              <option key={moment} value={moment}>
                {count(moment)} images
              </option>
            ))}
          </select>
        </p>
      )}
      {PANEL_NAMES.flatMap((name) => {
        const panel = newest.get(name);
        return panel
          ? [
              <figure key={name}>
                <PanelPicture runId={runId} panel={panel} />
                <figcaption>
                  <strong>{PANELS[name].title}</strong>
                  <br />
                  {PANELS[name].doc} {count(panel.imagesSeen)} images seen.
                  {!hasToken() && (
                    <>
                      {' '}
                      <a href={panel.dataUrl}>numbers</a>
                    </>
                  )}
                </figcaption>
              </figure>,
            ]
          : [];
      })}
    </div>
  );
}

/** One kind of panel of many runs, side by side: all are of the same noise, so that they compare. */
export function ComparedPanels({
  runs,
}: {
  readonly runs: readonly { readonly run: Pick<RunAnswer, 'id' | 'state'>; readonly title: string }[];
}): ReactNode {
  const [chosen, setChosen] = useState<PanelName | null>(null);
  const ended = runs.filter(({ run }) => run.state === 'succeeded').map(({ run }) => run.id);
  const lists = useResource(`panels ${ended.join()}`, (signal) =>
    Promise.all(ended.map(async (id) => [id, (await service.listPanels({ id }, { signal })).items] as const)),
  );
  const byRun = new Map((lists.value ?? []).map(([id, items]) => [id as string, newestByName(items)]));
  const names = PANEL_NAMES.filter((name) => [...byRun.values()].some((panels) => panels.has(name)));
  const name = chosen !== null && names.includes(chosen) ? chosen : names[0];
  if (name === undefined) return null;
  return (
    <section>
      <h2>
        Panels{' '}
        <select value={name} onChange={(event) => setChosen(event.target.value as PanelName)} aria-label="panel">
          {names.map((one) => (
            <option key={one} value={one}>
              {PANELS[one].title}
            </option>
          ))}
        </select>
      </h2>
      <p className="note">{PANELS[name].doc}</p>
      <div className="panels compared">
        {runs.flatMap(({ run, title }) => {
          const panel = byRun.get(run.id)?.get(name);
          return panel
            ? [
                <figure key={run.id}>
                  <PanelPicture runId={run.id} panel={panel} />
                  <figcaption>
                    <a href={`#/runs/${run.id}`}>{title}</a> <State state={run.state} />
                  </figcaption>
                </figure>,
              ]
            : [];
        })}
      </div>
    </section>
  );
}

/** The list is by images seen, ascending. */
function newestByName(panels: readonly PanelAnswer[]): ReadonlyMap<PanelName, PanelAnswer> {
  return new Map(panels.map((panel) => [panel.name, panel]));
}
