import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { startEmbeddedPostgres } from '@gansweep/local';
import { type Config, EXIT, readConfig } from '@gansweep/runtime';
import { migrate, migrationStatus } from '@gansweep/store';
import { countSlots, probeBackend } from '@gansweep/worker';
import { UsageError } from '../failures.ts';
import { serviceClient } from '../service/client.ts';
import { unwellWorkers } from '../service/unwell-workers.ts';
import { bytes, green, red, table, yellow } from '../terminal/table.ts';
import { type BackendLine, backendLines, gpuName, probeLine, RUN_ON_GPUS } from './backend.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'note' | 'problem';
  readonly words: string;
}

/** A question about a database that is away is answered soon; starting services wait longer. */
const PATIENCE_MS = 2_000;
const LITTLE_DISK = 2 * 2 ** 30;

export const doctor: Command = {
  usage: '',
  about: 'what this machine can do; each problem with its mend',
  run: async (words) => {
    wordsOf(words, {}, { names: [] });
    const config = readConfig(process.env);
    const findings = [
      ...machineFindings(config.home),
      ...(await backendFindings(config)),
      await databaseFinding(config.databaseUrl, config.home),
      queueFinding(config.redisUrl),
      ...(await workerFindings(config)),
    ];
    const marks = { ok: green('ok'), note: yellow('note'), problem: red('problem') };
    console.log(
      table(
        [{ name: '' }, { name: 'what' }, { name: '' }],
        findings.map(({ what, state, words: said }) => [marks[state], what, said]),
      ),
    );
    return findings.some(({ state }) => state === 'problem') ? EXIT.no : EXIT.ok;
  },
};

function machineFindings(home: string): readonly Finding[] {
  mkdirSync(home, { recursive: true });
  const disk = statfsSync(home);
  const free = disk.bavail * disk.bsize;
  const gpu = gpuName();
  return [
    { what: 'Node', state: 'ok', words: process.versions.node },
    {
      what: 'cores',
      state: 'ok',
      words: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}; ${countSlots()} slots`,
    },
    {
      what: 'memory',
      state: freemem() < 2 ** 30 ? 'note' : 'ok',
      words: `${bytes(freemem())} free of ${bytes(totalmem())}`,
    },
    {
      what: 'disk',
      state: free < LITTLE_DISK ? 'problem' : 'ok',
      words: `${bytes(free)} free at ${home}${free < LITTLE_DISK ? ': free some space, or set GANSWEEP_HOME' : ''}`,
    },
    { what: 'GPU', state: 'ok', words: gpu ?? 'none found: trainings run on the CPU' },
  ];
}

/**
 * The backends that are here, each measured in a process of its own, and what would be gained by installing one. The one
 * that is asked for and cannot run is a problem; others that are absent are not.
 */
async function backendFindings(config: Config): Promise<readonly Finding[]> {
  const lines = await backendLines(config);
  const ready = lines.filter(({ name, state }) => state === 'ready' && name !== 'reference').map(({ name }) => name);
  const findings: Finding[] = [];
  // One after another, or they would measure each other.
  for (const name of [...new Set([...ready, ...(config.backend === 'auto' ? [] : [config.backend])])]) {
    const asked = name === config.backend;
    findings.push(
      await probeBackend({ backend: name, backendHome: config.backendHome }).then(
        (probe): Finding => ({
          what: `backend ${name}`,
          state: 'ok',
          words: `${probeLine(probe)}${name.startsWith('tensorflow-gpu') ? `; ${RUN_ON_GPUS}` : ''}${asked ? '; GANSWEEP_BACKEND asks for it' : ''}`,
        }),
        (error: Error): Finding => ({
          what: `backend ${name}`,
          state: asked ? 'problem' : 'note',
          words: error.message,
        }),
      ),
    );
  }
  const gpu = gpuName();
  return [...findings, ...lines.filter(({ name }) => name !== config.backend).flatMap((line) => gain(line, gpu))];
}

/** What a machine could have and has not. @param gpu its name; null where there is none. */
export function gain({ name, state, words }: BackendLine, gpu: string | null): readonly Finding[] {
  const what = `backend ${name}`;
  if (state === 'damaged' || state === 'begun') return [{ what, state: 'note', words }];
  if (state === 'ready') return [];
  if (name === 'tensorflow-gpu')
    return gpu === null
      ? [{ what, state: 'ok', words: 'not installed, and nothing to gain: no NVIDIA GPU is found' }]
      : [{ what, state: 'note', words: `trainings could use the GPU: ${words}; ${RUN_ON_GPUS}` }];
  if (name === 'tensorflow')
    return [
      { what, state: 'ok', words: `not installed; another one for the CPU, compared in docs/performance.md: ${words}` },
    ];
  return [];
}

async function databaseFinding(databaseUrl: string | null, home: string): Promise<Finding> {
  if (databaseUrl === null) {
    const there = existsSync(home);
    return {
      what: 'database',
      state: 'ok',
      words: `embedded PostgreSQL in ${home}${there ? '' : ' (not made yet)'}; set DATABASE_URL for another`,
    };
  }
  try {
    const states = await migrationStatus({ databaseUrl, patienceMs: PATIENCE_MS });
    const pending = states.filter(({ state }) => state !== 'applied');
    return pending.length === 0
      ? { what: 'database', state: 'ok', words: `${new URL(databaseUrl).host}, ${states.length} migrations applied` }
      : {
          what: 'database',
          state: 'problem',
          words: `${pending.length} migrations are ${pending[0]?.state}: gansweep db migrate`,
        };
  } catch (error) {
    return {
      what: 'database',
      state: 'problem',
      words: `${new URL(databaseUrl).host} does not answer (${error instanceof Error ? error.message : error}): start it, or unset DATABASE_URL`,
    };
  }
}

/** What the workers of the service that runs here say of themselves; nothing where none answers. */
async function workerFindings(config: Config): Promise<readonly Finding[]> {
  const { client } = serviceClient(config);
  const workers = await client
    .listWorkers({}, { signal: AbortSignal.timeout(PATIENCE_MS) })
    .then(({ items }) => items)
    .catch(() => null);
  if (workers === null) return [];
  const unwell = unwellWorkers(workers);
  if (unwell.length === 0) return [{ what: 'workers', state: 'ok', words: `${workers.length}, all well` }];
  return unwell.map((words) => ({ what: 'workers', state: 'problem', words }));
}

function queueFinding(redisUrl: string | null): Finding {
  return {
    what: 'queue',
    state: 'ok',
    words: redisUrl ? `BullMQ on Redis at ${new URL(redisUrl).host}` : 'BullMQ on PostgreSQL',
  };
}

export const db: Command = {
  usage: 'migrate|status',
  about: 'applies the migrations that the database lacks, or lists them',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['migrate|status'] });
    const config = readConfig(process.env);
    const embedded =
      config.databaseUrl === null
        ? await startEmbeddedPostgres({ home: config.home, log: (line) => console.log(line) })
        : null;
    const databaseUrl = config.databaseUrl ?? (embedded as { url(): string }).url();
    try {
      if (positionals[0] === 'migrate') {
        const applied = await migrate({ databaseUrl });
        console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
        return EXIT.ok;
      }
      if (positionals[0] !== 'status') throw new UsageError(`db migrate or db status; not 'db ${positionals[0]}'`);
      const states = await migrationStatus({ databaseUrl, patienceMs: PATIENCE_MS });
      console.log(
        table(
          [{ name: 'migration' }, { name: 'state' }],
          states.map(({ name, state }) => [name, state]),
        ),
      );
      return states.every(({ state }) => state === 'applied') ? EXIT.ok : EXIT.no;
    } finally {
      if (embedded && !embedded.reused) await embedded.stop();
    }
  },
};
