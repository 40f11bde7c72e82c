import { err, ok, type Result } from '@gansweep/domain';
import type { KnownFolders } from '@gansweep/spec';
import type { FolderLedger } from '../ports.ts';
import type { Look, NightLedger, NightRequest } from './night.ts';
import { readRegressionSpec } from './regression-spec.ts';

/** Why no night began, for a person. */
export type NightRefusal =
  | { readonly kind: 'bad-sweep'; readonly sweep: string; readonly message: string }
  | { readonly kind: 'no-baseline'; readonly name: string }
  | { readonly kind: 'nothing-to-compare'; readonly message: string }
  | { readonly kind: 'begun-already' };

/**
 * Stores a night with its first look; `tendNights` does the rest, in whichever process.
 * @param night `id`: a fresh UUIDv7. `scheduledFor`: the date that a schedule begins it for; a date has one night.
 */
export async function beginNight(
  night: { readonly id: string; readonly scheduledFor: string | null; readonly request: NightRequest },
  { nights, folders }: { readonly nights: NightLedger; readonly folders: Pick<FolderLedger, 'newest'> },
): Promise<Result<null, NightRefusal>> {
  const { request } = night;
  const baseline = request.baseline === null ? null : await nights.baseline(request.baseline);
  if (request.baseline !== null && baseline === null) return err({ kind: 'no-baseline', name: request.baseline });
  const known: KnownFolders = await folders.newest();
  const parts: { name: string; seeds: readonly number[] }[] = [];
  for (const { name, spec } of request.sweeps) {
    const read = readRegressionSpec(spec, known);
    if (!read.ok) return err({ kind: 'bad-sweep', sweep: name, message: read.error });
    const { seeds } = read.value;
    if (request.saveBaseline !== null || baseline === null) parts.push({ name, seeds });
    else {
      const had = seedsOfBaseline(baseline, name);
      const both = seeds.filter((seed) => had.has(seed));
      if (both.length === 0)
        return err({
          kind: 'nothing-to-compare',
          message: `${name}: the baseline '${baseline.name}' has no such sweep, or none of its seeds: save a new one (--save-baseline)`,
        });
      parts.push({ name, seeds: both.slice(0, request.settings.firstSeeds) });
    }
  }
  const looks: readonly Look[] = [{ sweeps: parts, settled: {} }];
  const begun = await nights.begin({ ...night, state: 'running', looks });
  return begun ? ok(null) : err({ kind: 'begun-already' });
}

/** Seeds of a sweep that some configuration of it has in the baseline. */
export function seedsOfBaseline(
  baseline: {
    readonly sweeps: readonly {
      readonly name: string;
      readonly trials: readonly { readonly seeds: readonly { readonly seed: number }[] }[];
    }[];
  },
  sweep: string,
): ReadonlySet<number> {
  const trials = baseline.sweeps.find(({ name }) => name === sweep)?.trials ?? [];
  return new Set(trials.flatMap(({ seeds }) => seeds.map(({ seed }) => seed)));
}
