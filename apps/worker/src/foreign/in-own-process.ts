import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ForeignGenerator } from '@gansweep/domain';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { childEnvironment } from '../child-environment.ts';
import {
  type ForeignAnswer,
  type ForeignDeclared,
  type ForeignOrder,
  type ForeignSampling,
  fileOfOrder,
} from './foreign-messages.ts';

const ENTRY = path.join(import.meta.dirname, 'foreign-main.ts');
const LOOK_MS = 100;
const PAGE_BYTES = 4096;

/** A file of a generator cannot be used, or not within its limits; the message says why. */
export class ForeignRefused extends Error {
  override readonly name = 'ForeignRefused';
}

/** What a file that nobody vouches for may take. */
export interface ForeignLimits {
  readonly seconds: number;
  /** Of memory, the process's own included. */
  readonly bytes: number;
}

/** Reads what a generator's file takes and gives. @throws ForeignRefused */
export async function inspectForeignFile(
  file: string,
  declared: ForeignDeclared,
  limits: ForeignLimits,
): Promise<ForeignGenerator> {
  const answer = await ask({ kind: 'inspect', path: file, declared }, limits);
  if (answer.kind !== 'inspected') throw new Error(`asked to inspect, ${answer.kind}`);
  return answer.generator;
}

/** Draws from a registered generator and scores what it drew. @throws ForeignRefused */
export async function scoreForeignFile(
  order: Omit<Extract<ForeignOrder, { kind: 'score' }>, 'kind'>,
  limits: ForeignLimits,
): Promise<readonly EvaluationRecord[]> {
  const answer = await ask({ kind: 'score', ...order }, limits);
  if (answer.kind !== 'scored') throw new Error(`asked to score, ${answer.kind}`);
  return answer.records;
}

/** Draws from a registered generator. @returns a PNG of the samples. @throws ForeignRefused */
export async function sampleForeignFile(sampling: ForeignSampling, limits: ForeignLimits): Promise<Uint8Array> {
  const answer = await ask({ kind: 'sample', sampling }, limits);
  if (answer.kind !== 'sampled') throw new Error(`asked to sample, ${answer.kind}`);
  return answer.png;
}

/**
 * A process of its own, with no secret in its environment, does what touches the file: native code that crashes, never ends
 * or fills the memory ends that process alone.
 */
function ask(order: ForeignOrder, limits: ForeignLimits): Promise<ForeignAnswer> {
  const file = fileOfOrder(order);
  const child = fork(ENTRY, [], {
    execArgv: ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-10_000);
  });
  return new Promise((resolve, reject) => {
    const refuse = (message: string): void => reject(new ForeignRefused(message));
    const end = (message: string): void => {
      refuse(message);
      child.kill('SIGKILL');
    };
    const late = setTimeout(
      () => end(`${file} did not end within ${limits.seconds} s: it was ended`),
      1000 * limits.seconds,
    );
    const looks = setInterval(() => {
      const taken = memoryOf(child.pid);
      if (taken > limits.bytes)
        end(`${file} took more than ${Math.round(limits.bytes / 2 ** 20)} MiB of memory: it was ended`);
    }, LOOK_MS);
    child.on('message', (answer: ForeignAnswer) => {
      if (answer.kind === 'refused') refuse(answer.message);
      else resolve(answer);
    });
    child.once('error', (error) => refuse(`${file} cannot be read in a process of its own: ${error.message}`));
    child.once('close', (code, signal) => {
      clearTimeout(late);
      clearInterval(looks);
      const said = reasonIn(complaint);
      refuse(
        `${file} ended the process that read it (${signal ?? `exit code ${code}`})${said ? `: ${said.slice(0, 300)}` : ''}`,
      );
    });
    child.send(order);
  });
}

/** The line of a complaint that says why: that of the error, not of the stack or the version that Node prints after it. */
function reasonIn(complaint: string): string | undefined {
  const lines = complaint.trim().split('\n');
  return (lines.findLast((line) => /^(\w*Error|Error \[\w+\]): /.test(line)) ?? lines.at(-1))?.trim();
}

/** Resident bytes of a process; 0 where the system does not tell. */
function memoryOf(pid: number | undefined): number {
  try {
    return PAGE_BYTES * Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  } catch {
    return 0;
  }
}
