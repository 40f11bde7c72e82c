import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { startEmbeddedPostgres } from '@gansweep/local';
import { type LoadedProgram, matMul, mean, relu, traceProgram } from '@gansweep/program';
import { BACKENDS, type BackendName, EXIT, readConfig } from '@gansweep/runtime';
import { migrate, migrationStatus } from '@gansweep/store';
import { chooseExecutor, countSlots } from '@gansweep/worker';
import { UsageError } from '../failures.ts';
import { bytes, green, red, table, yellow } from '../terminal/table.ts';
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
      ...(await backendFindings(config.backend)),
      await databaseFinding(config.databaseUrl, config.home),
      queueFinding(config.redisUrl),
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
  const gpus = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
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
    {
      what: 'GPU',
      state: 'ok',
      words:
        gpus.status === 0 && gpus.stdout.trim() !== ''
          ? `${gpus.stdout.trim().split('\n')[0]} (this version trains on the CPU)`
          : 'none found: trainings run on the CPU',
    },
  ];
}

async function backendFindings(wanted: BackendName): Promise<readonly Finding[]> {
  try {
    const { name, version, device, speed } = await probe(wanted);
    return [
      {
        what: `backend ${wanted}`,
        state: 'ok',
        words: `${name} ${version} on ${device}, ${speed.toFixed(1)} GFLOP/s in a dense layer`,
      },
    ];
  } catch (error) {
    return [
      { what: `backend ${wanted}`, state: 'problem', words: error instanceof Error ? error.message : String(error) },
    ];
  }
}

/** A timed dense layer: 2·256·512·512 operations a step. */
async function probe(
  backend: BackendName,
): Promise<{ readonly name: string; readonly version: string; readonly device: string; readonly speed: number }> {
  const executor = await chooseExecutor(backend, readConfig(process.env));
  const [rows, size, steps] = executor.name === 'reference' ? [16, 64, 2] : [256, 512, 10];
  const program = traceProgram((tracer) => ({
    outputs: { y: mean(relu(matMul(tracer.input('x', [rows, size]), tracer.state('w', [size, size]))), [0, 1]) },
  }));
  await using loaded: LoadedProgram = await executor.load(program);
  const x = new Float32Array(steps * rows * size).fill(0.5);
  await loaded.run({ x }, steps);
  const began = performance.now();
  await loaded.run({ x }, steps);
  const seconds = (performance.now() - began) / 1000;
  return {
    name: executor.name,
    version: executor.version,
    device: executor.device,
    speed: (2 * rows * size * size * steps) / seconds / 1e9,
  };
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

function queueFinding(redisUrl: string | null): Finding {
  return {
    what: 'queue',
    state: 'ok',
    words: redisUrl ? `BullMQ on Redis at ${new URL(redisUrl).host}` : 'BullMQ on PostgreSQL',
  };
}

export const backend: Command = {
  usage: 'list|probe [NAME]',
  about: 'the backends of this version, or the measured speed of one',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['list|probe'], more: true });
    const [verb, name = 'auto'] = positionals;
    if (!BACKENDS.some((known) => known === name))
      throw new UsageError(`there is no backend '${name}': ${BACKENDS.join(', ')}`);
    if (verb === 'probe') {
      const probed = await probe(name as BackendName);
      console.log(
        `${probed.name} ${probed.version} on ${probed.device}: ${probed.speed.toFixed(1)} GFLOP/s in a dense layer`,
      );
      return EXIT.ok;
    }
    if (verb !== 'list') throw new UsageError(`backend list, or backend probe [NAME]; not 'backend ${verb}'`);
    const rows = await Promise.all(
      BACKENDS.filter((known) => known !== 'auto').map(async (known) => {
        const found = await chooseExecutor(known, readConfig(process.env)).then(
          (executor) => `${executor.version} on ${executor.device}`,
          (error: Error) => error.message.split(': ').at(-1) ?? '',
        );
        return [known, found];
      }),
    );
    console.log(table([{ name: 'backend' }, { name: 'here' }], rows));
    return EXIT.ok;
  },
};

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
