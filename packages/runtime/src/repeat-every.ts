/** Runs `work` again and again, `ms` after its last end, from now on; the result stops it and waits for a round under way. */
export function repeatEvery(ms: number, work: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (stopped) return;
    round = work().finally(() => {
      if (!stopped) timer = setTimeout(next, ms);
    });
  };
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await round;
  };
}
