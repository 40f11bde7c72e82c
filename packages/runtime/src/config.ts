import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { standardBackendHome } from './backend-home.ts';
import { readTrainerCommands, type TrainerCommands } from './trainer-commands.ts';

export const BACKENDS = [
  'auto',
  'tensorflow-gpu',
  'tensorflow-gpu-tf32',
  'wasm',
  'onnx',
  'tensorflow',
  'onnx-webgpu',
  'reference',
] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Process settings, read once; `docs/operations.md` lists the variables. */
export interface Config {
  /** PostgreSQL, or null for the embedded one. */
  readonly databaseUrl: string | null;
  /** Redis, or null for BullMQ on PostgreSQL. */
  readonly redisUrl: string | null;
  readonly host: string;
  readonly port: number;
  /** Absolute path of database, artefacts and logs. */
  readonly home: string;
  /** Absolute path of the folder that holds artefacts. */
  readonly artifacts: string;
  /** Absolute path of the folder that holds decoded image sets. */
  readonly datasets: string;
  readonly backend: BackendName;
  /** Absolute path of the folder that holds the backends a user installed; clones share it. */
  readonly backendHome: string;
  /** Most of a run's seconds, 0…1, for which its training may stand still for evaluations before a thread does them. */
  readonly evaluationShare: number;
  /** Programs that may train instead of gansweep, by name. */
  readonly trainers: TrainerCommands;
  /** Absolute path of the folder with plugins, or null. */
  readonly plugins: string | null;
  /** Trainers at once; null: GPUs, else cores. */
  readonly slots: number | null;
  /** `token`: every request carries the one token of `tokenFile`. */
  readonly auth: { readonly kind: 'off' } | { readonly kind: 'token'; readonly token: string };
  /** The client's own token. */
  readonly clientToken: string | null;
  /** When the API begins a night of regression sweeps every day, or null. */
  readonly nightly: NightlySchedule | null;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly timers: Timers;
}

export interface NightlySchedule {
  /** `HH:MM`, UTC. */
  readonly at: string;
  /** Absolute path of the folder with regression sweeps, or null for those that are shipped. */
  readonly sweeps: string | null;
  /** Name of the baseline. */
  readonly baseline: string;
}

/** Periods in milliseconds (run protocol). A lease outlives several heartbeats, or a long pause looks like a dead worker. */
export interface Timers {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** Idle slots look for work at least this often, whatever the queue says. */
  readonly pollMs: number;
  readonly reapMs: number;
  /** Between a lease's end and its reaping. */
  readonly reapMarginMs: number;
  /** For a worker whose connection broke to take its presence lock again. */
  readonly presenceGraceMs: number;
  /** Least time between two full checkpoints, milliseconds. */
  readonly checkpointMs: number;
}

export const PRODUCTION_TIMERS: Timers = {
  heartbeatMs: 5_000,
  leaseMs: 30_000,
  pollMs: 5_000,
  reapMs: 2_000,
  reapMarginMs: 3_000,
  presenceGraceMs: 4_000,
  checkpointMs: 30_000,
};

/** A setting is wrong; the message names the variable and how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const MINIMUM_TOKEN = 20;
const milliseconds = (standard: number) => z.coerce.number().int().min(10).max(86_400_000).default(standard);
const given = z.string().min(1).optional();

const environmentSchema = z.object({
  DATABASE_URL: given,
  REDIS_URL: given,
  GANSWEEP_HOST: z.string().min(1).default('127.0.0.1'),
  GANSWEEP_PORT: z.coerce.number().int().min(0).max(65_535).default(4100),
  GANSWEEP_HOME: z.string().min(1).default('./.gansweep'),
  GANSWEEP_ARTIFACTS: given,
  GANSWEEP_BACKEND: z.enum(BACKENDS).default('auto'),
  GANSWEEP_BACKEND_HOME: given,
  GANSWEEP_EVALUATION_SHARE: z.coerce.number().min(0).max(1).default(0.1),
  GANSWEEP_TRAINERS: given,
  GANSWEEP_PLUGINS: given,
  GANSWEEP_SLOTS: z.coerce.number().int().min(1).max(256).optional(),
  GANSWEEP_AUTH: z.enum(['off', 'token']).default('off'),
  GANSWEEP_TOKEN_FILE: given,
  GANSWEEP_TOKEN: given,
  GANSWEEP_NIGHTLY: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM, in UTC, such as 02:30')
    .optional(),
  GANSWEEP_NIGHTLY_SWEEPS: given,
  GANSWEEP_NIGHTLY_BASELINE: z.string().min(1).default('main'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  GANSWEEP_HEARTBEAT_MS: milliseconds(PRODUCTION_TIMERS.heartbeatMs),
  GANSWEEP_LEASE_MS: milliseconds(PRODUCTION_TIMERS.leaseMs),
  GANSWEEP_POLL_MS: milliseconds(PRODUCTION_TIMERS.pollMs),
  GANSWEEP_REAP_MS: milliseconds(PRODUCTION_TIMERS.reapMs),
  GANSWEEP_REAP_MARGIN_MS: milliseconds(PRODUCTION_TIMERS.reapMarginMs),
  GANSWEEP_PRESENCE_GRACE_MS: milliseconds(PRODUCTION_TIMERS.presenceGraceMs),
  GANSWEEP_CHECKPOINT_MS: milliseconds(PRODUCTION_TIMERS.checkpointMs),
});

/**
 * Reads the environment once. Empty variables count as unset.
 * @throws ConfigError naming the variable, its value and how to mend it.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'the environment');
    throw new ConfigError(`${name}=${set[name] ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  const values = parsed.data;
  const home = path.resolve(values.GANSWEEP_HOME);
  const timers: Timers = {
    heartbeatMs: values.GANSWEEP_HEARTBEAT_MS,
    leaseMs: values.GANSWEEP_LEASE_MS,
    pollMs: values.GANSWEEP_POLL_MS,
    reapMs: values.GANSWEEP_REAP_MS,
    reapMarginMs: values.GANSWEEP_REAP_MARGIN_MS,
    presenceGraceMs: values.GANSWEEP_PRESENCE_GRACE_MS,
    checkpointMs: values.GANSWEEP_CHECKPOINT_MS,
  };
  if (timers.leaseMs < 3 * timers.heartbeatMs)
    throw new ConfigError(
      `GANSWEEP_LEASE_MS=${timers.leaseMs}: a lease must outlive three heartbeats of ${timers.heartbeatMs} ms; give at least ${3 * timers.heartbeatMs}`,
    );
  return {
    databaseUrl: checkedUrl('DATABASE_URL', values.DATABASE_URL, ['postgres:', 'postgresql:']),
    redisUrl: checkedUrl('REDIS_URL', values.REDIS_URL, ['redis:', 'rediss:']),
    host: values.GANSWEEP_HOST,
    port: values.GANSWEEP_PORT,
    home,
    artifacts: artifactFolder(values.GANSWEEP_ARTIFACTS, home),
    datasets: path.join(home, 'datasets'),
    backend: values.GANSWEEP_BACKEND,
    backendHome: path.resolve(
      values.GANSWEEP_BACKEND_HOME ??
        standardBackendHome({ platform: process.platform, env, home: homeOfUser() ?? home }),
    ),
    evaluationShare: values.GANSWEEP_EVALUATION_SHARE,
    trainers: trainerCommands(values.GANSWEEP_TRAINERS),
    plugins: values.GANSWEEP_PLUGINS === undefined ? null : path.resolve(values.GANSWEEP_PLUGINS),
    slots: values.GANSWEEP_SLOTS ?? null,
    auth: authentication(values),
    clientToken: values.GANSWEEP_TOKEN ?? null,
    nightly:
      values.GANSWEEP_NIGHTLY === undefined
        ? null
        : {
            at: values.GANSWEEP_NIGHTLY,
            sweeps: values.GANSWEEP_NIGHTLY_SWEEPS === undefined ? null : path.resolve(values.GANSWEEP_NIGHTLY_SWEEPS),
            baseline: values.GANSWEEP_NIGHTLY_BASELINE,
          },
    logLevel: values.LOG_LEVEL,
    timers,
  };
}

function trainerCommands(file: string | undefined): TrainerCommands {
  if (file === undefined) return new Map();
  try {
    return readTrainerCommands(file);
  } catch (error) {
    throw new ConfigError(`GANSWEEP_TRAINERS=${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Null for an account without one, such as a bare uid in a container. */
function homeOfUser(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

function checkedUrl(name: string, text: string | undefined, protocols: readonly string[]): string | null {
  if (text === undefined) return null;
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
    throw new ConfigError(
      `${name}: not a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );
  return text;
}

function artifactFolder(text: string | undefined, home: string): string {
  if (text === undefined) return path.join(home, 'artifacts');
  if (text.startsWith('file:')) return path.resolve(text.replace(/^file:(\/\/)?/, ''));
  throw new ConfigError(`GANSWEEP_ARTIFACTS=${text}: this version keeps artefacts in a folder; give file:<path>`);
}

function authentication({
  GANSWEEP_HOST: host,
  GANSWEEP_AUTH: auth,
  GANSWEEP_TOKEN_FILE: file,
}: z.infer<typeof environmentSchema>): Config['auth'] {
  if (auth === 'off') {
    if (!LOOPBACK.has(host))
      throw new ConfigError(
        `GANSWEEP_HOST=${host}: whoever reaches the API can run code on the workers, so off loopback it starts only with GANSWEEP_AUTH=token and GANSWEEP_TOKEN_FILE`,
      );
    return { kind: 'off' };
  }
  if (!file) throw new ConfigError('GANSWEEP_AUTH=token: GANSWEEP_TOKEN_FILE must name a file that holds one token');
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(
      `GANSWEEP_TOKEN_FILE=${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`,
    );
  }
  if (token.length < MINIMUM_TOKEN || /\s/.test(token))
    throw new ConfigError(
      `GANSWEEP_TOKEN_FILE=${file}: wants one token of at least ${MINIMUM_TOKEN} characters on one line, such as ${exampleToken()}`,
    );
  return { kind: 'token', token };
}

const exampleToken = (): string => randomBytes(24).toString('base64url');
