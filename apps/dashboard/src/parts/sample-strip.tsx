import type { RunAnswer } from '@gansweep/contract';
import { type ReactNode, useState } from 'react';
import { count } from '../format.ts';
import { service, useResource } from '../service.ts';
import { SampleImage } from './sample-image.tsx';
import { State } from './state.tsx';

/** A run's fixed-noise grids: the newest, with a slider back in time. */
export function SampleStrip({
  run,
  title,
  round,
}: {
  readonly run: Pick<RunAnswer, 'id' | 'state' | 'imagesSeen'>;
  readonly title: string;
  readonly round: number;
}): ReactNode {
  const samples = useResource(`samples ${run.id} ${run.state} ${round}`, (signal) =>
    service.listSamples({ id: run.id }, { signal }),
  );
  const [chosen, setChosen] = useState<number | null>(null);
  const items = samples.value?.items ?? [];
  const at = Math.min(chosen ?? items.length - 1, items.length - 1);
  const item = items[at];
  return (
    <figure className="strip">
      {item ? (
        <SampleImage runId={run.id} images={item.imagesSeen} url={item.url} />
      ) : (
        <div className="samples none">no samples yet</div>
      )}
      {items.length > 1 && (
        <input
          type="range"
          min={0}
          max={items.length - 1}
          value={at}
          onChange={(event) => setChosen(Number(event.target.value))}
          aria-label="images seen"
        />
      )}
      <figcaption>
        <a href={`#/runs/${run.id}`}>{title}</a> <State state={run.state} />
        <br />
        <small>{item ? `${count(item.imagesSeen)} images seen` : ' '}</small>
      </figcaption>
    </figure>
  );
}
