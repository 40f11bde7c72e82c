import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunId } from '@gansweep/domain';
import { childEnvironment } from '../child-environment.ts';
import type { PackInquiry } from '../packs/choose-pack.ts';
import type { PackChoice } from '../packs/pack-size.ts';
import type {
  LaneNews,
  TrainerGreeting,
  TrainerNews,
  TrainerOrder,
  TrainerSettings,
  TrainingJob,
} from '../trainer/messages.ts';
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
  /** What it said first: that it is ready, or why it is not; its exit is an answer too. */
  readonly greeting: Promise<TrainerGreeting>;
  /** How many runs to claim next, by what its device costs; null when it is gone. One question at a time. */
  choosePack(inquiry: PackInquiry): Promise<PackChoice | null>;
  /** A run's place in it. */
  lane(runId: RunId): TrainerLane;
  kill(): void;
}

/** One run in a trainer, alone or beside others. */
export interface TrainerLane {
  /** How the lane ended: with the whole trainer, or by itself after `kill`. */
  readonly exited: Promise<TrainerExit>;
  train(job: TrainingJob): void;
  stop(): void;
  onNews(listener: (news: LaneNews) => void): void;
  onLine(listener: (line: string) => void): void;
  /** Stops the whole process where it stands, for as long as any of its lanes asks for it. */
  pause(): void;
  resume(): void;
  /** Ends this lane and no other: a trainer that does not obey is killed. */
  kill(): void;
  /** Nothing more is heard or wanted. */
  close(): void;
}

/** A trainer that trains others meanwhile has this long to drop a lane. */
const DROP_MS = 5_000;
const ENTRY = path.join(import.meta.dirname, '../trainer/trainer-main.ts');
const LAST_WORDS = 20;
const LINE_AT_MOST = 2_000;

/** Starts a trainer in a process group of its own. Call it from the main thread. */
export function startTrainer(settings: Omit<TrainerSettings, 'parent'>): TrainerProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(ENTRY, [], {
    execArgv: ['--import', tsx],
    env: childEnvironment(settings.gpu),
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const pid = child.pid ?? 0;
  let killedByUs = false;
  const lastWords: string[] = [];
  const lanes = new Map<RunId, OpenLane>();
  const paused = new Set<RunId>();
  let answer: (choice: PackChoice) => void = () => {};
  let greet: (greeting: TrainerGreeting) => void = () => {};
  const greeting = new Promise<TrainerGreeting>((resolve) => {
    greet = resolve;
  });
  child.on('message', (message) => {
    const news = message as TrainerNews;
    if (news.kind === 'lanes') for (const { runId, news: own } of news.news) lanes.get(runId)?.hear(own);
    else if (news.kind === 'dropped') lanes.get(news.runId)?.end();
    else if (news.kind === 'pack-chosen') answer(news.choice);
    else greet(news);
  });
  for (const stream of [child.stdout, child.stderr])
    eachLine(stream, (line) => {
      lastWords.push(line);
      if (lastWords.length > LAST_WORDS) lastWords.shift();
      for (const lane of lanes.values()) lane.hearLine(line);
    });
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      child.kill(name);
    }
  };
  const kill = (): void => {
    killedByUs = true;
    signal('SIGKILL');
  };
  const order = (given: TrainerOrder): void => {
    if (child.connected) child.send(given, () => {});
  };
  // A program that it started must not outlive it.
  child.once('exit', () => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in its group.
    }
  });
  const exited = new Promise<TrainerExit>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, killedByUs, lastWords: [error.message] }));
    child.once('close', (exitCode, ended) => resolve({ exitCode, signal: ended, killedByUs, lastWords }));
  });
  void exited.then((exit) =>
    greet({ kind: 'unavailable', message: exit.lastWords.join(' ') || `exit code ${exit.exitCode}` }),
  );
  order({
    kind: 'settings',
    settings: { ...settings, parent: { pid: process.pid, startTime: processStartTime(process.pid) } },
  });
  return {
    pid,
    exited,
    greeting,
    kill,
    choosePack: (inquiry) => {
      const chosen = new Promise<PackChoice>((resolve) => {
        answer = resolve;
      });
      order({ kind: 'choose-pack', inquiry });
      return Promise.race([chosen, exited.then(() => null)]);
    },
    lane: (runId) => {
      const open = openLane();
      lanes.set(runId, open);
      const close = (): void => {
        lanes.delete(runId);
        if (paused.delete(runId) && paused.size === 0) signal('SIGCONT');
      };
      return {
        exited: Promise.race([exited, open.dropped]),
        train: (job) => order({ kind: 'train', job }),
        stop: () => order({ kind: 'stop', runId }),
        onNews: open.onNews,
        onLine: open.onLine,
        pause: () => {
          paused.add(runId);
          signal('SIGSTOP');
        },
        resume: () => {
          if (paused.delete(runId) && paused.size === 0) signal('SIGCONT');
        },
        kill: () => {
          if (lanes.size <= 1) return kill();
          // A process that stands still hears nothing.
          if (paused.delete(runId) && paused.size === 0) signal('SIGCONT');
          order({ kind: 'drop', runId });
          const timer = setTimeout(kill, DROP_MS);
          void Promise.race([exited, open.dropped]).then(() => clearTimeout(timer));
        },
        close,
      };
    },
  };
}

/** The supervisor's end of a lane. */
interface OpenLane {
  hear(news: LaneNews): void;
  hearLine(line: string): void;
  onNews(listener: (news: LaneNews) => void): void;
  onLine(listener: (line: string) => void): void;
  end(): void;
  readonly dropped: Promise<TrainerExit>;
}

function openLane(): OpenLane {
  let hear: (news: LaneNews) => void = () => {};
  let hearLine: (line: string) => void = () => {};
  let end: (exit: TrainerExit) => void = () => {};
  const dropped = new Promise<TrainerExit>((resolve) => {
    end = resolve;
  });
  return {
    hear: (news) => hear(news),
    hearLine: (line) => hearLine(line),
    onNews: (listener) => {
      hear = listener;
    },
    onLine: (listener) => {
      hearLine = listener;
    },
    end: () => end({ exitCode: null, signal: null, killedByUs: true, lastWords: [] }),
    dropped,
  };
}

function eachLine(stream: ChildProcess['stdout'], use: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_AT_MOST);
    for (const line of lines) use(line.slice(0, LINE_AT_MOST));
  });
}
