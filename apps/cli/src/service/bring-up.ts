import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import { startEmbeddedPostgres } from '@gansweep/local';
import { type Config, EXIT } from '@gansweep/runtime';
import { migrate } from '@gansweep/store';
import { Broken, UsageError } from '../failures.ts';
import { claimHome } from './claim-home.ts';

const ENTRY = path.join(import.meta.dirname, '../../bin/gansweep.mjs');
const READY_MS = 30_000;
const DRAIN_MS = 28_000;
/** A database that is starting beside us gets this long. */
const DATABASE_MS = 15_000;
const RESTART_AT_FIRST_MS = 1_000;
const RESTART_AT_MOST_MS = 30_000;

/** Everything of one machine: database, API, worker. */
export interface RunningService {
  readonly address: string;
  /** Rejects when a part cannot go on. */
  readonly broken: Promise<never>;
  /** Drains the worker, ends the API, stops the database if it was started here. */
  stop(): Promise<void>;
}

export interface BringUpOptions {
  readonly config: Config;
  /** Where the processes log: on this terminal, or into files under the home. */
  readonly logs: 'terminal' | 'files';
  readonly say: (line: string) => void;
}

/** Starts what is not there yet, migrates, and answers when the API is ready. */
export async function bringUp({ config, logs, say }: BringUpOptions): Promise<RunningService> {
  const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
  const logFolder = path.join(config.home, 'logs');
  mkdirSync(logFolder, { recursive: true });
  // Before the database is touched: whoever is refused here must not stop another's.
  const giveBack = config.databaseUrl === null ? claimHome(config.home, address) : () => {};
  const database =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({ home: config.home, log: say }).catch((error: unknown) => {
          giveBack();
          throw error;
        })
      : null;
  const databaseUrl = config.databaseUrl ?? (database as { url(): string }).url();
  const parts: Part[] = [];
  let fail: (error: Error) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  broken.catch(() => {});
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop()));
    await database?.stop().finally(giveBack);
  };
  try {
    const waiting = setTimeout(() => say('waiting for the database …'), 2_000);
    await migrate({ databaseUrl, patienceMs: DATABASE_MS }).finally(() => clearTimeout(waiting));
    const start = (name: 'api' | 'worker'): Part => {
      const part = keepRunning(name, {
        databaseUrl,
        log: logs === 'files' ? path.join(logFolder, `${name}.log`) : null,
        onFault: fail,
        say,
      });
      parts.push(part);
      return part;
    };
    start('api');
    await Promise.race([ready(address), broken]);
    start('worker');
    return { address, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Part {
  stop(): Promise<void>;
}

/** Keeps one process running: a start that is refused is a fault, a later death is mended with growing pauses. */
function keepRunning(
  name: 'api' | 'worker',
  {
    databaseUrl,
    log,
    onFault,
    say,
  }: {
    readonly databaseUrl: string;
    readonly log: string | null;
    readonly onFault: (error: Error) => void;
    readonly say: (line: string) => void;
  },
): Part {
  let child: ChildProcess | null = null;
  let stopping = false;
  let begun = false;
  let pause = RESTART_AT_FIRST_MS;
  const file: WriteStream | null = log === null ? null : createWriteStream(log, { flags: 'a' });
  const start = (): void => {
    const began = Date.now();
    let lastLine = '';
    const next = spawn(process.execPath, [ENTRY, name], {
      env: { ...process.env, DATABASE_URL: databaseUrl, GANSWEEP_SUPERVISOR: String(process.pid) },
      // A group of its own: Ctrl-C on the terminal reaches this process, which then drains the others in order.
      detached: true,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    child = next;
    next.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastLine = text.trimEnd().split('\n').at(-1) ?? lastLine;
      if (file) file.write(text);
      else process.stderr.write(text);
    });
    next.once('close', (code, signal) => {
      child = null;
      if (stopping) return;
      const refused = code === EXIT.usage || code === EXIT.broken;
      const lived = Date.now() - began;
      begun ||= lived >= READY_MS;
      if (refused && !begun) {
        const words = lastLine.replace(/^gansweep: /, '') || `the ${name} ended with exit code ${code}`;
        onFault(code === EXIT.usage ? new UsageError(words) : new Broken(words));
        return;
      }
      begun = true;
      if (lived > RESTART_AT_MOST_MS) pause = RESTART_AT_FIRST_MS;
      say(
        `the ${name} ended unexpectedly (${signal ?? `exit code ${code}`}); it is started again in ${pause / 1000} s`,
      );
      setTimeout(() => {
        if (!stopping) start();
      }, pause);
      pause = Math.min(pause * 2, RESTART_AT_MOST_MS);
    });
  };
  start();
  return {
    stop: async () => {
      stopping = true;
      const last = child;
      if (last && last.exitCode === null && last.signalCode === null) {
        const gone = new Promise((resolve) => last.once('close', resolve));
        last.kill('SIGTERM');
        const timer = setTimeout(() => last.kill('SIGKILL'), DRAIN_MS);
        await gone;
        clearTimeout(timer);
      }
      file?.end();
    },
  };
}

async function ready(address: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      const answer = await fetch(`${address}/ready`);
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) throw new Broken(`the API does not answer at ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ends this process soon after the one that supervises it is gone. */
export function endWithSupervisor(env: Readonly<Record<string, string | undefined>>): void {
  const supervisor = Number(env.GANSWEEP_SUPERVISOR ?? 0);
  if (!supervisor) return;
  setInterval(() => {
    if (process.ppid !== supervisor) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}
