import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findTensorflowBinding } from '../tensorflow-binding.ts';
import type { Contender } from './contenders.ts';
import {
  type ContenderJob,
  type ContenderNews,
  type ContenderReady,
  type ContenderRefusal,
  type MemoryUse,
  parseNews,
  type RoundTimes,
} from './messages.ts';

/** Compiling a large network takes some peers a minute. */
const ANSWER_MS_MAX = 15 * 60_000;
/** One thread each, and nothing on standard error that is not an error. */
const ENVIRONMENT = {
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  NPROC: '1',
  TF_CPP_MIN_LOG_LEVEL: '3',
  // Twice as fast convolutions; off by itself on some processors.
  TF_ENABLE_ONEDNN_OPTS: '1',
  // Or the time until it is ready would be that of an earlier run.
  TORCHINDUCTOR_FORCE_DISABLE_CACHES: '1',
};
const DEVICE_ENVIRONMENT = {
  cpu: { JAX_PLATFORMS: 'cpu', CUDA_VISIBLE_DEVICES: '' },
  // All of a case are on the GPU at once: none may take its whole memory.
  gpu: { XLA_PYTHON_CLIENT_PREALLOCATE: 'false' },
} as const;

/** A contender that has run its first calls. It waits, without using the processor, until it is asked. */
export interface RunningContender extends AsyncDisposable {
  readonly contender: Contender;
  readonly ready: ContenderReady;
  round(): Promise<RoundTimes>;
  /** For our own contenders. */
  memoryOver(steps: number): Promise<MemoryUse>;
}

/** A contender that will not be measured, and why. */
export interface AbsentContender {
  readonly contender: Contender;
  readonly kind: 'refused' | 'failed';
  readonly why: string;
}

/** Starts a contender's process and waits for its first calls. @param core it is bound to; null where it cannot be. */
export async function startContender(
  contender: Contender,
  job: ContenderJob,
  core: number | null,
): Promise<RunningContender | AbsentContender> {
  const command = [contender.command, ...contender.arguments];
  const [program = '', ...rest] = core === null ? command : ['taskset', '-c', `${core}`, ...command];
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...ENVIRONMENT,
      ...DEVICE_ENVIRONMENT[contender.device],
      ...contender.environment,
      GANSWEEP_TENSORFLOW_BINDING: findTensorflowBinding(process.env) ?? '',
    },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-20_000);
  });
  // A process that ended says so itself; writing to it then is not another failure.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      errors += error.message;
      resolve();
    });
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order: string): Promise<ContenderNews> => {
    child.stdin.write(`${order}\n`);
    const timer = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS_MAX);
    try {
      const line = await lines.next();
      if (line.done) {
        await ended;
        throw new Error(lastErrorLine(errors) ?? `ended with ${child.signalCode ?? child.exitCode}`);
      }
      return parseNews(line.value);
    } finally {
      clearTimeout(timer);
    }
  };
  const end = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) await once(child, 'close');
    clearTimeout(timer);
  };
  const first = await ask(JSON.stringify(job)).catch((error: unknown) => error as Error);
  if (first instanceof Error || first.kind !== 'ready') {
    await end();
    return absent(contender, first);
  }
  return {
    contender,
    ready: first,
    round: async () => {
      const news = await ask('round');
      if (news.kind !== 'round') throw new Error(`asked for a round, it answered ${news.kind}`);
      if (!news.finite) throw new Error('its losses are not finite');
      return news;
    },
    memoryOver: async (steps) => {
      const news = await ask(`memory ${steps}`);
      if (news.kind !== 'memory') throw new Error(`asked for memory, it answered ${news.kind}`);
      return news;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** True for a contender that can be asked for rounds. */
export function isRunning(started: RunningContender | AbsentContender): started is RunningContender {
  return 'ready' in started;
}

function absent(contender: Contender, news: Error | Exclude<ContenderNews, ContenderReady>): AbsentContender {
  if (news instanceof Error) return { contender, kind: 'failed', why: news.message };
  const refusal: ContenderRefusal =
    news.kind === 'refused' ? news : { kind: 'refused', why: `it answered ${news.kind} at its start` };
  return { contender, ...refusal };
}

/** What an interpreter says last: `ModuleNotFoundError: …`; null when it said nothing. */
function lastErrorLine(errors: string): string | null {
  const lines = errors.split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? lines.at(-1) ?? null;
}
