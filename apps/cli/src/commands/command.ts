/** One command: what `gansweep help` says of it, and what it does. The number is the exit code. */
export interface Command {
  /** Its words after the name: `FILE [--watch]`. */
  readonly usage: string;
  /** One line. */
  readonly about: string;
  readonly details?: string;
  readonly run: (words: readonly string[]) => Promise<number>;
}
