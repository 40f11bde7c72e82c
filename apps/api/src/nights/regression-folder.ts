import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nightSettings } from '@gansweep/contract';
import type { NightRequest } from '@gansweep/orchestrator';
import { parseSweepSpec } from '@gansweep/spec';

/** A folder of regression sweeps cannot be used; the message says which file and why. */
export class RegressionFolderError extends Error {
  override readonly name = 'RegressionFolderError';
}

/** The regression sweeps that are shipped. */
export const SHIPPED_REGRESSION = path.join(import.meta.dirname, '../../../../sweeps/regression');

const SETTINGS = 'nightly.json';

/**
 * Reads the sweeps of a folder (`*.yaml`, `*.yml`, `*.json`, in order of name) and how they are judged (`nightly.json`,
 * any of it or none).
 * @throws RegressionFolderError.
 */
export function readRegressionFolder(folder: string = SHIPPED_REGRESSION): Pick<NightRequest, 'settings' | 'sweeps'> {
  if (!existsSync(folder)) throw new RegressionFolderError(`${folder}: there is no such folder`);
  const files = readdirSync(folder)
    .filter((file) => /\.(ya?ml|json)$/.test(file) && file !== SETTINGS)
    .sort();
  if (files.length === 0) throw new RegressionFolderError(`${folder} holds no sweeps (*.yaml)`);
  const sweeps = files.map((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const parsed = parseSweepSpec({ text, format: file.endsWith('.json') ? 'json' : 'yaml' });
    if (parsed.ok) return { name: parsed.value.name, spec: parsed.value.document as Readonly<Record<string, unknown>> };
    const [first] = parsed.error;
    throw new RegressionFolderError(`${path.join(folder, file)}: ${first?.path} ${first?.message}`);
  });
  const names = sweeps.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RegressionFolderError(`${folder}: two sweeps are called ${twice}`);
  return { settings: settingsOf(path.join(folder, SETTINGS)), sweeps };
}

function settingsOf(file: string): NightRequest['settings'] {
  if (!existsSync(file)) return nightSettings.parse({});
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RegressionFolderError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = nightSettings.safeParse(json);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new RegressionFolderError(`${file}: ${first?.path.join('.')} ${first?.message}`);
}
