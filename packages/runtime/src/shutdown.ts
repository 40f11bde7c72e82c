/** What a process does when it is told to end. */
export interface Shutdown {
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly asked: Promise<NodeJS.Signals>;
  /** True from the first signal on. */
  isAsked(): boolean;
}

/** Listens for the signals that end a process: the first one drains, a second one ends it at once by `urgent`. */
export function onShutdown(urgent: () => void): Shutdown {
  let count = 0;
  let resolve: (signal: NodeJS.Signals) => void = () => {};
  const asked = new Promise<NodeJS.Signals>((done) => {
    resolve = done;
  });
  const hear = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) resolve(signal);
    else urgent();
  };
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  return { asked, isAsked: () => count > 0 };
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, no: 1, usage: 2, broken: 3 } as const;
