import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, hostname } from 'node:os';
import path from 'node:path';
import type { Executor } from '@gansweep/program';
import type { DeviceCosts } from './device-costs.ts';

/** Costs of before are measured again when what they mean has changed. */
const FORMAT = 1;

/**
 * The costs of an executor on this machine from `folder`, where they were measured before, else measured now and kept. One
 * file for each machine, processor, device, backend and version: a folder may be shared. A file that cannot be read or
 * written costs a measurement, and nothing else.
 */
export async function keptCosts(
  { name, version, device, lanesPerCall = 1 }: Executor,
  { folder, measure }: { readonly folder: string; readonly measure: () => Promise<DeviceCosts> },
): Promise<DeviceCosts> {
  const of = [FORMAT, hostname(), cpus()[0]?.model ?? '', name, version, device, lanesPerCall].join(' | ');
  const file = path.join(folder, `${createHash('sha256').update(of).digest('hex').slice(0, 16)}.json`);
  const kept = await readFile(file, 'utf8').then(
    (text) => costsOf(text, of),
    () => null,
  );
  if (kept) return kept;
  const costs = await measure();
  await keep(file, JSON.stringify({ of, costs }, null, 2)).catch(() => {});
  return costs;
}

function costsOf(text: string, of: string): DeviceCosts | null {
  try {
    const found = JSON.parse(text) as { readonly of?: unknown; readonly costs: DeviceCosts };
    return found.of === of ? found.costs : null;
  } catch {
    return null;
  }
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(beside, text);
  await rename(beside, file);
}
