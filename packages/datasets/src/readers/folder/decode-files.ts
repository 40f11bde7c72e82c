import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DecodeAnswer, DecoderNews, DecoderOrder, DecoderSettings } from './decoder-messages.ts';

export interface DecodeOptions extends DecoderSettings {
  /** Processes that decode side by side. */
  readonly processes: number;
  /** Wall time for one file, milliseconds. */
  readonly fileMs?: number;
}

const FILE_MS = 10_000;
const START_MS = 60_000;
/** Files that a decoder has at hand, so that it need not wait for the next. */
const AT_HAND = 4;
/** Answers that may lie here until the ones before them are there, by process. */
const AHEAD = 32;
const ENTRY = path.join(import.meta.dirname, 'decoder-main.ts');
/** Megabytes of JavaScript objects; pixels lie elsewhere and are bounded by the picture's size. */
const HEAP_MB = 512;

/**
 * Decodes files below a folder in processes of their own and gives the answers in the order of the files. A file that
 * ends its process or takes too long is bad, and the next ones go on in a new process. Memory does not grow with the files.
 */
export async function* decodeFiles(
  files: readonly string[],
  { processes, fileMs = FILE_MS, ...settings }: DecodeOptions,
): AsyncGenerator<DecodeAnswer> {
  const answers = new Map<number, DecodeAnswer>();
  let next = 0;
  let given = 0;
  let fault: Error | null = null;
  let wake: () => void = () => {};
  const feed = (decoder: Decoder): void => {
    while (next < files.length && decoder.waiting() < AT_HAND && next < given + AHEAD * processes) {
      decoder.ask(next, files[next] as string);
      next += 1;
    }
  };
  const decoders = Array.from({ length: Math.max(1, Math.min(processes, files.length)) }, () =>
    startDecoder(settings, {
      fileMs,
      answered: (index, answer) => {
        answers.set(index, answer);
        wake();
      },
      failed: (error) => {
        fault ??= error;
        wake();
      },
    }),
  );
  try {
    while (given < files.length) {
      for (const decoder of decoders) feed(decoder);
      const answer = answers.get(given);
      if (answer === undefined) {
        if (fault !== null) throw fault;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      answers.delete(given);
      given += 1;
      yield answer;
    }
  } finally {
    for (const decoder of decoders) decoder.end();
  }
}

interface Decoder {
  waiting(): number;
  ask(index: number, file: string): void;
  end(): void;
}

function startDecoder(
  settings: DecoderSettings,
  {
    fileMs,
    answered,
    failed,
  }: {
    readonly fileMs: number;
    readonly answered: (index: number, answer: DecodeAnswer) => void;
    /** A decoder does not start, which is no file's fault. */
    readonly failed: (error: Error) => void;
  },
): Decoder {
  const waiting: { readonly index: number; readonly file: string }[] = [];
  let child: ChildProcess;
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  let ready = false;
  let killedBecause: string | null = null;
  const order = (what: DecoderOrder): void => {
    if (child.connected) child.send(what, () => {});
  };
  const arm = (): void => {
    if (timer) clearTimeout(timer);
    timer =
      ready && waiting.length === 0
        ? null
        : setTimeout(
            () => {
              if (ready) killedBecause = `it takes more than ${fileMs / 1000} s`;
              child.kill('SIGKILL');
            },
            ready ? fileMs : START_MS,
          );
  };
  const settle = (answer: DecodeAnswer): void => {
    const head = waiting.shift();
    arm();
    if (head) answered(head.index, answer);
  };
  const start = (): void => {
    ready = false;
    killedBecause = null;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    child = fork(ENTRY, [], {
      execArgv: ['--import', tsx, `--max-old-space-size=${HEAP_MB}`],
      // It needs nothing of ours, and a hostile file might find a way to read it.
      env: process.env.PATH === undefined ? {} : { PATH: process.env.PATH },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message) => {
      const news = message as DecoderNews;
      if (news.kind === 'answer') settle(news.answer);
      else {
        ready = true;
        arm();
      }
    });
    child.once('error', (error) => failed(error));
    let exit: { readonly code: number | null; readonly signal: string | null } | null = null;
    let isCut = false;
    // Its last answers may still be under way when it has ended: they are there once the channel is closed.
    const gone = (): void => {
      if (ended || exit === null || !isCut) return;
      const { code, signal } = exit;
      if (!ready) {
        failed(new Error(`the process that decodes pictures does not start (${signal ?? `exit code ${code}`})`));
        return;
      }
      const reason = killedBecause ?? `its decoding ended the process (${signal ?? `exit code ${code}`})`;
      const head = waiting.shift();
      start();
      if (head) answered(head.index, { kind: 'bad', reason });
    };
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      gone();
    });
    child.once('disconnect', () => {
      isCut = true;
      gone();
    });
    order({ kind: 'settings', settings });
    // What the process before this one was asked and did not answer.
    for (const { file } of waiting) order({ kind: 'decode', file });
    arm();
  };
  start();
  return {
    waiting: () => waiting.length,
    ask: (index, file) => {
      waiting.push({ index, file });
      order({ kind: 'decode', file });
      if (waiting.length === 1) arm();
    },
    end: () => {
      ended = true;
      if (timer) clearTimeout(timer);
      child.kill('SIGKILL');
    },
  };
}
