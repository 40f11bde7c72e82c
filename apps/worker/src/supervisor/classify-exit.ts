import type { Failure } from '@gansweep/domain';
import type { TrainerExit } from './trainer-process.ts';

/** V8 ends itself so when its heap is full. */
const ABORT_CODE = 134;

/** What the end of a trainer in mid-run means. @param memoryKills whether the kernel killed for memory meanwhile. */
export function classifyExit({ exitCode, signal, killedByUs, lastWords }: TrainerExit, memoryKills: boolean): Failure {
  const words = lastWords.findLast((line) => /\w/.test(line) && !/^\s+at |^Node\.js v/.test(line));
  const said = words ? `: ${words.trim()}` : '';
  if (killedByUs) return { kind: 'infra', message: 'the worker ended its trainer' };
  if (memoryKills && signal === 'SIGKILL')
    return {
      kind: 'oom',
      message: 'the kernel killed the trainer for memory; train smaller batches or give the worker more memory',
    };
  if (signal === 'SIGABRT' || exitCode === ABORT_CODE)
    return { kind: 'oom', message: `the trainer’s heap was full${said}` };
  if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT')
    return { kind: 'infra', message: `the trainer was ended from outside (${signal})` };
  if (signal) return { kind: 'crash', message: `the trainer died of ${signal}${said}` };
  return { kind: 'crash', message: `the trainer ended without a result (exit code ${exitCode})${said}` };
}

/** What a trainer died of, in words for people. */
export function causeOfDeath(exit: TrainerExit): string {
  return classifyExit(exit, false).message;
}
