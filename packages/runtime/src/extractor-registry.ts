import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Values that an extractor wants pixels in. */
export const EXTRACTOR_RANGES = { unit: [0, 1], signed: [-1, 1], bytes: [0, 255] } as const;
export type ExtractorRange = keyof typeof EXTRACTOR_RANGES;

/** An ONNX file that its owner vouches for, by path and hash. */
export interface RegisteredExtractor {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** sha256 of the file. */
  readonly file: string;
  /** sha256 of its weight tensors: what the extractor is. */
  readonly weights: string;
  readonly input: { readonly name: string; readonly height: number; readonly width: number; readonly channels: 1 | 3 };
  readonly output: string;
  readonly dimension: number;
  readonly range: ExtractorRange;
  /** It is the original Inception network of 2015-12-05, as `scripts/inception-to-onnx.py` wrote it. */
  readonly isInception: boolean;
}

const fileIn = (home: string): string => path.join(home, 'extractors.json');

/** The list of registered extractors cannot be read; the message says what to do. */
export class DamagedRegistry extends Error {
  override readonly name = 'DamagedRegistry';
}

/** The extractors that were registered under a home, by name. @throws DamagedRegistry */
export function registeredExtractors(home: string): readonly RegisteredExtractor[] {
  let text: string;
  try {
    text = readFileSync(fileIn(home), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = null;
  }
  if (!Array.isArray(found) || !found.every(isExtractor))
    throw new DamagedRegistry(`${fileIn(home)} is damaged: take it away, and add the extractors again`);
  return found;
}

/** Writes the list in one move, so that nobody reads half of it. */
export function writeExtractors(home: string, extractors: readonly RegisteredExtractor[]): void {
  mkdirSync(home, { recursive: true });
  const whole = `${fileIn(home)}.${process.pid}`;
  writeFileSync(whole, `${JSON.stringify(extractors, null, 2)}\n`);
  renameSync(whole, fileIn(home));
}

function isExtractor(value: unknown): value is RegisteredExtractor {
  if (typeof value !== 'object' || value === null) return false;
  const {
    name,
    path: place,
    file,
    weights,
    input,
    output,
    dimension,
    range,
    isInception,
  } = value as Partial<Record<keyof RegisteredExtractor, unknown>>;
  const texts = [name, place, file, weights, output].every((text) => typeof text === 'string');
  const { height, width, channels, name: ofInput } = (input ?? {}) as Partial<RegisteredExtractor['input']>;
  const sides = [height, width, channels, dimension].every((side) => Number.isSafeInteger(side));
  return (
    texts && sides && typeof ofInput === 'string' && typeof isInception === 'boolean' && `${range}` in EXTRACTOR_RANGES
  );
}

/** The extractors under a home as those see them who only name them, as they are when asked. */
export function extractorRegistry(home: string): { newest(): readonly RegisteredExtractor[] } {
  return { newest: () => registeredExtractors(home) };
}
