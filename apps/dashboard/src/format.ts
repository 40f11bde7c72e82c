import type { ConfigurationFields, MetricSummary } from '@gansweep/contract';

/** Four significant digits, or powers of ten where those are shorter. */
export function number(value: number | null): string {
  if (value === null) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

export const count = (value: number): string => value.toLocaleString('en-US');

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** Of a process, in MiB. */
export const memory = (mib: number | null): string => (mib === null ? '–' : `${count(Math.round(mib))} MiB`);

/** The mean, or the word for why there is none. */
export function mean(summary: MetricSummary): string {
  if (summary.n === 0) return summary.diverged > 0 ? 'diverged' : '–';
  return number(summary.mean);
}

/** `[low, high]`, or null where one value is all there is. */
export function interval({ low, high }: MetricSummary): string | null {
  return low === null || high === null ? null : `[${number(low)}, ${number(high)}]`;
}

/** The named parameters of a configuration: `lrG 0.001 · noise uniform`. */
export function parameters(config: ConfigurationFields, names: readonly string[]): string {
  const shown = names.filter((name) => name in config).map((name) => `${name} ${value(config[name])}`);
  return shown.length > 0 ? shown.join(' · ') : 'the one configuration';
}

/** A field of a configuration; numbers to four significant digits, as draws have seventeen, but whole ones as they are. */
export function value(field: string | number | boolean | undefined): string {
  if (field === undefined) return '';
  return String(typeof field === 'number' && !Number.isInteger(field) ? Number(field.toPrecision(4)) : field);
}

/** All digits of a field of which `value` shows fewer, for a title; undefined where it shows them all. */
export function allDigits(field: string | number | boolean | undefined): string | undefined {
  return field === undefined || value(field) === String(field) ? undefined : String(field);
}

export const shortId = (id: string): string => id.slice(-6);

/** The name of a program that trains, without the hash of its files. */
export function withoutHash(name: string): string {
  return name.replace(/@[0-9a-f]{16}$/, '');
}
