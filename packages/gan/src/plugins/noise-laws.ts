import {
  atValues,
  type PluginField,
  type PluginName,
  type PluginValue,
  randomStream,
  valuesToTry,
} from '@gansweep/domain';

type Values = Readonly<Record<string, PluginValue>>;

/** A noise law from a plugin: a pure function of shares of it. */
export interface PluginNoiseLaw {
  readonly name: string;
  readonly doc: string;
  readonly hash: string;
  readonly file: string;
  readonly fields: readonly PluginField[];
  /** @param shares `[nz]`, independent uniforms in (0, 1). @returns `[nz]`, a sample of the noise. */
  readonly place: (shares: Float64Array, fields: Values) => ArrayLike<number>;
}

const laws = new Map<string, PluginNoiseLaw['place']>();

/** Makes a noise law known in this process beside ours. */
export function addNoiseLaw(name: PluginName, { place }: PluginNoiseLaw): void {
  laws.set(name, place);
}

/** Fills `out`, `[n, nz]`, with the noise that lies at shares of a plugin's law. */
export function placeNoise(
  out: Float32Array,
  shares: ArrayLike<number>,
  { noise, nz, fields }: { readonly noise: PluginName; readonly nz: number; readonly fields: Values },
): void {
  const place = laws.get(noise);
  if (place === undefined) throw new Error(`no noise law is called ${noise}`);
  const row = new Float64Array(nz);
  for (let start = 0; start < out.length; start += nz) {
    for (let i = 0; i < nz; i++) row[i] = shares[start + i] as number;
    out.set(place(row, fields), start);
  }
}

/** Rows at which a law is tried: random ones, a middle one, and the ends of what uniforms can be. */
const ROWS = 16;
const LEAST_UNIFORM = 2 ** -33;

/**
 * What is wrong with a noise law, for a person, or null: every row has nz finite numbers, the same ones for the same
 * shares, and not the same ones for all shares; at its defaults and at the ends of its fields.
 */
export function noiseProblem({ place, fields }: PluginNoiseLaw): string | null {
  try {
    for (const [i, values] of valuesToTry(fields).entries()) {
      const frozen = Object.freeze({ ...values });
      for (const nz of [1, 2, 65]) {
        const rows = Array.from({ length: ROWS }, (_, draw) => {
          const shares = new Float64Array(nz);
          randomStream(1, 0).uniforms(draw, shares);
          return shares;
        });
        rows.push(...[LEAST_UNIFORM, 0.5, 1 - LEAST_UNIFORM].map((share) => new Float64Array(nz).fill(share)));
        const placed = rows.map((shares) => Array.from(place(shares.slice(), frozen)));
        const wrong = placed.find((row) => row.length !== nz);
        if (wrong) return `place gives ${wrong.length} numbers for ${nz} shares${atValues(values)}: give one for each`;
        if (!placed.flat().every((value) => Number.isFinite(Math.fround(value))))
          return `place gives numbers that are not finite${atValues(values)}; shares lie in (0, 1) and come as near to its ends as 1e-10`;
        const again = rows.map((shares) => Array.from(place(shares.slice(), frozen)));
        if (JSON.stringify(again) !== JSON.stringify(placed))
          return `place gives other numbers for the same shares${atValues(values)}: make it a function of its arguments alone`;
        if (i === 0 && placed.every((row) => row.every((value, k) => value === placed[0]?.[k])))
          return `place gives the same noise for all shares${atValues(values)}`;
      }
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
