/** Something that does one round of its work when asked. */
export interface Racer<Round> {
  round(): Promise<Round>;
}

/**
 * Every round runs every racer once, so that a busy minute of the machine falls on all of them; each round begins with
 * another one, so that nobody always follows the same neighbour.
 * @returns for each racer its rounds in order, or the error that ended it; it does not end the others.
 */
export async function interleavedRounds<Round>(
  racers: readonly Racer<Round>[],
  count: number,
): Promise<readonly (readonly Round[] | Error)[]> {
  const found: (Round[] | Error)[] = racers.map(() => []);
  for (let round = 0; round < count; round += 1) {
    for (let turn = 0; turn < racers.length; turn += 1) {
      const index = (round + turn) % racers.length;
      const [racer, rounds] = [racers[index], found[index]];
      if (racer === undefined || !Array.isArray(rounds)) continue;
      try {
        rounds.push(await racer.round());
      } catch (error) {
        found[index] = error instanceof Error ? error : new Error(String(error));
      }
    }
  }
  return found;
}
