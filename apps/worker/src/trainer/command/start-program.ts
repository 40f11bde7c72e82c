import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { TrainerCommand } from '@gansweep/runtime';
import { LINE_AT_MOST } from './program-events.ts';

/** How a program ended. */
export interface ProgramExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was. */
  readonly refused: string | null;
  /** Its last words on standard error. */
  readonly lastWords: string;
}

/** A program under way, in the process group of its trainer: what ends or stops one ends or stops both. */
export interface RunningProgram {
  /** Lines of its standard output; it waits while nobody reads. */
  readonly lines: AsyncIterable<string>;
  readonly exited: Promise<ProgramExit>;
  send(message: object): void;
  kill(): void;
}

/** Starts a registered program without a shell. @param hear lines of its standard error. */
export function startProgram(
  { argv: [program, ...words], folder }: TrainerCommand,
  hear: (line: string) => void,
): RunningProgram {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(program, words, {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let lastWords = '';
  void (async () => {
    for await (const line of linesOf(child.stderr)) {
      if (/\S/.test(line)) lastWords = line.trim().slice(0, 500);
      hear(line.slice(0, 2_000));
    }
  })().catch(() => {});
  // A program that has ended reads no order any more.
  child.stdin.on('error', () => {});
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, refused: error.message, lastWords }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, refused: null, lastWords }));
  });
  return {
    lines: linesOf(child.stdout),
    exited,
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Lines, the last one also without its end; one that grows beyond the limit is given as far as it is. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_AT_MOST) {
      lines.push(rest);
      rest = '';
    }
    yield* lines;
  }
  if (rest !== '') yield rest;
}
