import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Configuration } from '@gansweep/domain';
import type { SampleShape } from '@gansweep/gan';
import type { FORESEEN_EXECUTORS } from '@gansweep/program';

/** A training whose memory is predicted and then measured. */
export interface MemoryJob {
  readonly configuration: Configuration;
  readonly shape: SampleShape;
  readonly stepsPerCall: number;
  readonly executor: (typeof FORESEEN_EXECUTORS)[number];
}

/** Bytes that a program adds to its process: what was foretold, and what the system counts. */
export interface ForeseenMemory {
  readonly predictedBytes: number;
  readonly measuredBytes: number;
  /** How often the process held the program; the bytes are those of one. Once in results of before it was told. */
  readonly copies?: number;
}

const MAIN = fileURLToPath(new URL('program-memory-main.ts', import.meta.url));
/** Freed blocks go back to the system at once, so that what was freed before does not hold what comes after. */
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
const MEASURING_MS = 180_000;
const PROCESSES = 3;

/**
 * Loads and runs a program, each time in a process of its own; the most counts, since a process whose
 * garbage gives its pages back or away meanwhile seems to take less, and none takes more. JavaScript's young generation is
 * kept small there, or its garbage would be several MiB more or less from one process to the next; for the same reason code
 * that has not run for some collections stays.
 * @throws Error with the last words of a process that failed.
 */
export async function measureProgramMemory(job: MemoryJob, { processes = PROCESSES } = {}): Promise<ForeseenMemory> {
  const found: ForeseenMemory[] = [];
  for (let i = 0; i < processes; i += 1) found.push(await measureOnce(job));
  const [first] = found as [ForeseenMemory];
  return { ...first, measuredBytes: Math.max(...found.map(({ measuredBytes }) => measuredBytes)) };
}

async function measureOnce(job: MemoryJob): Promise<ForeseenMemory> {
  const flags = ['--import', 'tsx', '--expose-gc', '--max-semi-space-size=1', '--no-flush-bytecode'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, MAIN, JSON.stringify(job)], {
    timeout: MEASURING_MS,
    env: { ...process.env, ...ENVIRONMENT },
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  });
  return JSON.parse(stdout) as ForeseenMemory;
}
