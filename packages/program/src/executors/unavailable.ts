/** An executor cannot run on this machine; the message says why and how to mend it. */
export class ExecutorUnavailable extends Error {
  override readonly name = 'ExecutorUnavailable';
}
