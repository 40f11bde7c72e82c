import { spawn } from 'node:child_process';
import path from 'node:path';
import { InstallError } from './install-error.ts';

/** What a binding said of itself. */
export interface CheckedBinding {
  /** Of TensorFlow. */
  readonly version: string;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}

const CHECK_MS = 180_000;

/**
 * Loads a binding in a child process and computes with it, so that a library that crashes takes nobody with it.
 * @throws InstallError that says why it does not run here.
 */
export function checkBinding(file: string): Promise<CheckedBinding> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'check-binding.cjs'), file], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CHECK_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let said = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-20_000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const answer = code === 0 ? parse(said) : null;
      if (answer) resolve(answer);
      else reject(new InstallError(`TensorFlow does not run on this machine: ${reasonOf(code, signal, complaint)}`));
    });
  });
}

/** Its answer is the last line; TensorFlow may print before. */
function parse(said: string): CheckedBinding | null {
  try {
    const { version, gpu } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as Partial<CheckedBinding>;
    return typeof version === 'string' && typeof gpu === 'boolean' ? { version, gpu } : null;
  } catch {
    return null;
  }
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null, complaint: string): string {
  if (signal === 'SIGILL') return 'its processor lacks instructions that this build needs (AVX)';
  if (signal === 'SIGKILL') return `it took longer than ${CHECK_MS / 60_000} minutes, or memory ran out`;
  if (signal) return `it crashed when it was loaded (${signal})`;
  const line = complaint.split('\n').find((text) => /^(\w*Error|node:|.*cannot open|.*not found)/.test(text.trim()));
  return line?.trim().replace(/^Error: /, '') ?? `it ended with exit code ${code}`;
}
