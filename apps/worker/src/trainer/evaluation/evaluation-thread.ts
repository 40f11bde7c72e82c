import { Worker } from 'node:worker_threads';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import type { Executor } from '@gansweep/program';
import type { TrainerSettings } from '../messages.ts';
import type { EvaluationWork } from './score-generator.ts';

export type ThreadSettings = Pick<TrainerSettings, 'backend' | 'backendHome' | 'datasets' | 'home' | 'plugins'>;

/** To the thread. */
export interface ThreadOrder {
  readonly id: number;
  readonly work: EvaluationWork;
  /** Bytes of a checkpoint: the generator as it was when the evaluation was due. */
  readonly generator: Uint8Array;
}

/** From the thread. */
export type ThreadAnswer =
  | { readonly id: number; readonly records: readonly EvaluationRecord[] }
  | { readonly id: number; readonly problem: string };

/** Executors that can be opened in a second thread of a process and give the same bits there. */
const OPENS_TWICE: ReadonlySet<string> = new Set(['onnx', 'wasm', 'reference'] satisfies Executor['name'][]);

/** A thread of this process with an executor of its own; it starts with the first evaluation and ends with the process. */
export interface EvaluationThread {
  takes(executor: Executor): boolean;
  isBusy(): boolean;
  /** Scores a generator from its checkpoint. @throws Error when the thread could not, whatever the reason. */
  score(work: EvaluationWork, generator: Uint8Array): Promise<readonly EvaluationRecord[]>;
}

interface Waiting {
  readonly resolve: (records: readonly EvaluationRecord[]) => void;
  readonly reject: (error: Error) => void;
}

/** @param entry module of the thread. */
export function evaluationThread(
  settings: ThreadSettings,
  entry: URL = new URL('./thread-entry.mjs', import.meta.url),
): EvaluationThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let nextId = 0;
  const start = (): Worker => {
    const started = new Worker(entry, { workerData: settings, execArgv: [] });
    let reason = '';
    started.on('message', (answer: ThreadAnswer) => {
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
      if ('records' in answer) one?.resolve(answer.records);
      else one?.reject(new Error(answer.problem));
    });
    started.on('error', (error) => {
      reason = `: ${error instanceof Error ? error.message : String(error)}`;
    });
    started.once('exit', (code) => {
      worker = null;
      for (const { reject } of waiting.values()) reject(new Error(`the thread ended with code ${code}${reason}`));
      waiting.clear();
    });
    return started;
  };
  return {
    takes: (executor) => OPENS_TWICE.has(executor.name),
    isBusy: () => waiting.size > 0,
    score: (work, generator) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        // Nobody keeps a process alive for a thread that has nothing to do.
        worker.ref();
        const order: ThreadOrder = { id, work, generator };
        worker.postMessage(order);
      }),
  };
}
