import { spawn } from 'node:child_process';

/** The account a PostgreSQL program runs under; empty: this process's own. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Runs a program to its end; rejects with what it wrote to stderr. Its stdout is closed: a server that pg_ctl leaves
 * behind would inherit a pipe and keep it open.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: Account & { env: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('error', reject);
    // `exit`, not `close`: stderr too may stay open in the server.
    child.once('exit', (code, signal) => {
      child.stderr.destroy();
      if (code === 0) resolve();
      else reject(new Error(complaint.trim() || `${file} ended with ${signal ?? code}`));
    });
  });
}
