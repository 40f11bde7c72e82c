import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainerNews, TrainerOrder, TrainerSettings } from '../trainer/messages.ts';
import { processStartTime } from './process-start-time.ts';

/** How a trainer ended, as the operating system tells it. */
export interface TrainerExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** We killed it ourselves. */
  readonly killedByUs: boolean;
  /** Its last lines on stderr. */
  readonly lastWords: readonly string[];
}

/** A trainer child; one at a time per slot. */
export interface TrainerProcess {
  readonly pid: number;
  readonly exited: Promise<TrainerExit>;
  order(order: TrainerOrder): void;
  /** One listener at a time: a later one takes the place of the one before. */
  onNews(listener: (news: TrainerNews) => void): void;
  onLine(listener: (line: string) => void): void;
  /** Stops the whole process group where it stands, and lets it go on. */
  pause(): void;
  resume(): void;
  kill(): void;
}

const ENTRY = path.join(import.meta.dirname, '../trainer/trainer-main.ts');
/** Nothing that could carry a credential. */
const ENVIRONMENT = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'SYSTEMROOT',
  'CUDA_VISIBLE_DEVICES',
  'LD_LIBRARY_PATH',
];
const LAST_WORDS = 20;
const LINE_AT_MOST = 2_000;

/** Starts a trainer in a process group of its own. Call it from the main thread. */
export function startTrainer(settings: Omit<TrainerSettings, 'parent'>): TrainerProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(ENTRY, [], {
    execArgv: ['--import', tsx],
    env: Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const pid = child.pid ?? 0;
  let killedByUs = false;
  const lastWords: string[] = [];
  let heard: (line: string) => void = () => {};
  let hearNews: (news: TrainerNews) => void = () => {};
  child.on('message', (news) => hearNews(news as TrainerNews));
  for (const stream of [child.stdout, child.stderr])
    eachLine(stream, (line) => {
      lastWords.push(line);
      if (lastWords.length > LAST_WORDS) lastWords.shift();
      heard(line);
    });
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      child.kill(name);
    }
  };
  const trainer: TrainerProcess = {
    pid,
    exited: new Promise((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, signal: null, killedByUs, lastWords: [error.message] }));
      child.once('close', (exitCode, ended) => resolve({ exitCode, signal: ended, killedByUs, lastWords }));
    }),
    order: (order) => {
      if (child.connected) child.send(order, () => {});
    },
    onNews: (listener) => {
      hearNews = listener;
    },
    onLine: (listener) => {
      heard = listener;
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill: () => {
      killedByUs = true;
      signal('SIGKILL');
    },
  };
  trainer.order({
    kind: 'settings',
    settings: { ...settings, parent: { pid: process.pid, startTime: processStartTime(process.pid) } },
  });
  return trainer;
}

function eachLine(stream: ChildProcess['stdout'], use: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_AT_MOST);
    for (const line of lines) use(line.slice(0, LINE_AT_MOST));
  });
}
