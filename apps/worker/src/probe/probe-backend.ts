import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { childEnvironment } from '../child-environment.ts';
import { BackendUnavailable } from '../trainer/choose-executor.ts';
import type { Probe, ProbeAnswer, ProbeOrder } from './probe-messages.ts';

const ENTRY = path.join(import.meta.dirname, 'probe-main.ts');
const PROBE_MS = 120_000;

/**
 * Loads a backend in a child process, where trainers would, and times a program on it.
 * @throws BackendUnavailable with the reason; a child that crashes is one too.
 */
export function probeBackend(order: ProbeOrder): Promise<Probe> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(ENTRY, [], {
    execArgv: ['--import', tsx],
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-10_000);
  });
  return new Promise((resolve, reject) => {
    const unavailable = (message: string): void => reject(new BackendUnavailable(message));
    child.on('message', (answer: ProbeAnswer) => {
      if (answer.kind === 'measured') resolve(answer.probe);
      else unavailable(answer.message);
    });
    child.once('error', (error) => unavailable(`${order.backend} cannot be probed: ${error.message}`));
    child.once('close', (code, signal) => unavailable(`${order.backend} ${ending(code, signal, complaint)}`));
    child.send(order);
  });
}

function ending(code: number | null, signal: NodeJS.Signals | null, complaint: string): string {
  if (signal === 'SIGKILL') return `did not answer within ${PROBE_MS / 1000} s, or memory ran out`;
  const last = complaint.trim().split('\n').at(-1)?.trim();
  const words = last ? `; its last words: ${last.slice(0, 300)}` : '';
  return `crashed when it was loaded (${signal ?? `exit code ${code}`})${words}`;
}
