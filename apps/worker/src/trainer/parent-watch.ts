import { Worker } from 'node:worker_threads';

/** Runs beside the training, which may sit in a native call for a second, and looks four times a second. */
const WATCH = `
const { readFileSync } = require('node:fs');
const { workerData } = require('node:worker_threads');
const startTime = (pid) => {
  try {
    const stat = readFileSync('/proc/' + pid + '/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'gone' : fields[19];
  } catch (error) {
    return error.code === 'ENOENT' ? 'gone' : null;
  }
};
const isGone = () => {
  if (workerData.startTime !== null) return startTime(workerData.pid) !== workerData.startTime;
  try {
    process.kill(workerData.pid, 0);
    return false;
  } catch {
    return true;
  }
};
setInterval(() => {
  if (!isGone()) return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {}
  process.kill(process.pid, 'SIGKILL');
}, 250);
`;

/** Ends this process, and those of the group that it leads, at once when its parent is gone, also while the main thread sits in a native call. */
export function watchParent(parent: { readonly pid: number; readonly startTime: string | null }): void {
  new Worker(WATCH, { eval: true, workerData: parent, stdout: false, stderr: false }).unref();
}
