import { pluginFiles } from '@gansweep/domain';
import { type Config, registeredExtractors, trainerFilesHash } from '@gansweep/runtime';

/** Digits of a hash that tell one set of weights from another. */
const WEIGHTS_DIGITS = 16;

/**
 * What this worker has that runs may need: `trainer NAME@HASH`, `plugin NAME@HASH`, `extractor NAME@HASH`. Commands and
 * extractors are looked at as they are now; plugins were loaded when the process started. What cannot be read is not
 * offered.
 */
export function offersOf({ trainers, home }: Pick<Config, 'trainers' | 'home'>): readonly string[] {
  const commands = [...trainers].flatMap(([name, command]) => {
    const hash = readOrNull(() => trainerFilesHash(command));
    return hash === null ? [] : [`trainer ${name}@${hash}`];
  });
  const extractors = (readOrNull(() => registeredExtractors(home)) ?? []).map(
    ({ name, weights }) => `extractor ${name}@${weights.slice(0, WEIGHTS_DIGITS)}`,
  );
  return [...commands, ...pluginFiles().map((file) => `plugin ${file}`), ...extractors];
}

function readOrNull<Found>(read: () => Found): Found | null {
  try {
    return read();
  } catch {
    return null;
  }
}
