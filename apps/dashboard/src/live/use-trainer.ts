import type { Mlp2dConfiguration } from '@gansweep/domain';
import type { LivePoint } from '@gansweep/gan/browser';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Command, Looked, Opened, Pace, Report } from './messages.ts';
import { type ThinCurves, thinCurves } from './thin-curves.ts';

/** Words and curves need not change with every picture. */
const WORDS_EVERY_MS = 200;

/** A live training as the page shows it. */
export interface Trainer {
  readonly opened: Opened | null;
  /** The newest look, some times a second. */
  readonly looked: Looked | null;
  readonly curves: ThinCurves;
  /** Changes whenever `looked` and `curves` do. */
  readonly round: number;
  readonly fault: string | null;
  readonly go: (pace: Pace) => void;
  readonly pause: () => void;
  readonly step: () => void;
}

interface Shown {
  readonly opened: Opened | null;
  readonly looked: Looked | null;
  readonly fault: string | null;
  readonly round: number;
}

const NOTHING: Shown = { opened: null, looked: null, fault: null, round: 0 };

/**
 * A training in a worker of its own, looked at once a frame; another configuration, seed or attempt is another worker.
 * While the tab is hidden nothing trains.
 */
export function useTrainer(options: {
  readonly configuration: Mlp2dConfiguration;
  readonly seed: number;
  readonly attempt: number;
  readonly onLook: (looked: Looked, opened: Opened) => void;
  readonly onPoints: (points: readonly LivePoint[]) => void;
}): Trainer {
  const { configuration, seed, attempt } = options;
  const key = JSON.stringify([configuration, seed, attempt]);
  const [shown, setShown] = useState(NOTHING);
  const curves = useRef(thinCurves());
  const latest = useRef(options);
  latest.current = options;
  const send = useRef<(command: Command) => void>(() => {});
  /** The pace while it is to train, also while a hidden tab keeps it from that. */
  const pace = useRef<Pace | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when there is another training
  useEffect(() => {
    const worker = new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' });
    let opened: Opened | null = null;
    let toldAt = 0;
    let asked = false;
    let frame = 0;
    let goes = 0;
    const post = (command: Command): void => {
      if (command.kind === 'go') goes += 1;
      worker.postMessage(command);
    };
    const ask = (): void => {
      if (asked || !opened) return;
      asked = true;
      post({ kind: 'look' });
    };
    const onFrame = (): void => {
      ask();
      frame = requestAnimationFrame(onFrame);
    };
    const hear = (report: Report): void => {
      switch (report.kind) {
        case 'opened':
          opened = report;
          setShown({ ...NOTHING, opened });
          ask();
          return;
        case 'looked': {
          asked = false;
          const { points } = report;
          const rests = report.state !== 'training' && report.goes === goes;
          if (rests && !document.hidden) pace.current = null;
          curves.current.add(points);
          if (points.length > 0) latest.current.onPoints(points);
          if (opened) latest.current.onLook(report, opened);
          const now = performance.now();
          const isNews = rests || now - toldAt >= WORDS_EVERY_MS;
          if (isNews) {
            toldAt = now;
            setShown((before) => ({ ...before, looked: report, round: before.round + 1 }));
          }
          if (rests) stopAsking();
          return;
        }
        case 'failed':
          stopAsking();
          setShown((before) => ({ ...before, fault: report.message }));
      }
    };
    const keepAsking = (): void => {
      if (frame === 0) frame = requestAnimationFrame(onFrame);
    };
    const stopAsking = (): void => {
      cancelAnimationFrame(frame);
      frame = 0;
    };
    const onVisibility = (): void => {
      if (pace.current === null) return;
      if (document.hidden) post({ kind: 'pause' });
      else {
        post({ kind: 'go', pace: pace.current });
        keepAsking();
      }
    };
    worker.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
    worker.onerror = ({ message }) => hear({ kind: 'failed', message: message || 'the trainer could not be started' });
    document.addEventListener('visibilitychange', onVisibility);
    curves.current = thinCurves();
    setShown(NOTHING);
    send.current = (command) => {
      post(command);
      if (command.kind === 'go') keepAsking();
      else ask();
    };
    post({ kind: 'open', configuration, seed });
    if (pace.current && !document.hidden) send.current({ kind: 'go', pace: pace.current });
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      stopAsking();
      worker.terminate();
    };
  }, [key]);

  return {
    ...shown,
    curves: curves.current,
    go: useCallback((wanted) => {
      pace.current = wanted;
      send.current({ kind: 'go', pace: wanted });
    }, []),
    pause: useCallback(() => {
      pace.current = null;
      send.current({ kind: 'pause' });
    }, []),
    step: useCallback(() => send.current({ kind: 'step' }), []),
  };
}
