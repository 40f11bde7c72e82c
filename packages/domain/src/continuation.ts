import type { Configuration } from './configuration.ts';
import { withLaterFields } from './later-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What says how long a run is, or follows from that where a spec leaves it out. */
const OF_LENGTH = ['images', 'growKimg'];

/** What lets a training depend on its total of images before it has seen them, each with the reason for a person. */
const SCHEDULES: readonly {
  readonly because: string;
  readonly depends: (shorter: Fields, longer: Fields) => boolean;
}[] = [
  {
    because: 'lrSchedule has its steps at shares of all images',
    depends: (_, { lrSchedule }) => lrSchedule !== 'none',
  },
  {
    because: 'growKimg follows from images unless the spec gives it',
    depends: (shorter, longer) => shorter.growKimg !== longer.growKimg,
  },
  {
    because: 'a trainer of your own is told all images when it begins',
    depends: (_, { trainer }) => trainer !== undefined,
  },
];

/** The same for configurations that differ in how long they train, and in nothing else. */
export function trainingKey(configuration: Configuration): string {
  const others = Object.entries(withLaterFields(configuration)).filter(([name]) => !OF_LENGTH.includes(name));
  return JSON.stringify(others.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Why the first images of a longer run are not trained as the shorter run of the same `trainingKey` trained them, or null:
 * then the longer one may go on from a checkpoint of the shorter one, bit for bit on the same executor.
 */
export function scheduleInTheWay(shorter: Configuration, longer: Configuration): string | null {
  return (
    SCHEDULES.find(({ depends }) => depends(shorter as unknown as Fields, longer as unknown as Fields))?.because ?? null
  );
}
