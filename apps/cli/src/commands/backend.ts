import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import {
  findBackend,
  findIndexUrl,
  INSTALLABLE,
  type InstallableName,
  type InstalledBackend,
  installBackend,
  installUpstream,
  packageOf,
  planInstallation,
  recipeOf,
  removeBackend,
} from '@gansweep/backends';
import { BACKENDS, type BackendName, type Config, EXIT, readConfig } from '@gansweep/runtime';
import { chooseExecutor, type Probe, probeBackend } from '@gansweep/worker';
import { Refused, UsageError } from '../failures.ts';
import { nearest } from '../nearest.ts';
import { bytes, number, table } from '../terminal/table.ts';
import { transferLine } from '../terminal/transfer.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

/** A backend of this version and what there is of it here. */
export interface BackendLine {
  readonly name: BackendName;
  readonly state: 'ready' | 'absent' | 'begun' | 'damaged';
  /** Of the library behind it; null where it is not ready. */
  readonly version: string | null;
  readonly device: string | null;
  /** On disk, of what a command installed. */
  readonly bytes: number | null;
  readonly folder: string | null;
  /** For a person: the reason and the mend where it is not ready. */
  readonly words: string;
}

const OPTIONS = {
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
  index: { type: 'string' },
  from: { type: 'string' },
} as const;
const ORDER: readonly BackendName[] = ['tensorflow-gpu', 'wasm', 'onnx', 'tensorflow', 'onnx-webgpu', 'reference'];

export const backend: Command = {
  usage: 'list|install NAME|probe [NAME]|remove NAME',
  about: 'what trains on this machine: what there is, TensorFlow to install or remove, a measurement',
  details: [
    'list             every backend, whether it is here, and what would mend it if not',
    'install NAME     tensorflow or tensorflow-gpu, into GANSWEEP_BACKEND_HOME; asks first on a terminal (--yes does not)',
    '  --index URL    the Python package index with TensorFlow; standard: the one that pip or PIP_INDEX_URL names',
    "  --from WHERE   wheel (checked by hash, the standard where there is one) or upstream (the npm package's own host)",
    'probe [NAME]     loads it in a process of its own and times a program on it',
    'remove NAME      takes it off the disk',
    '--json           the answer as JSON',
  ].join('\n'),
  run: async (words) => {
    const { positionals, values } = wordsOf(words, OPTIONS, { names: ['list|install|probe|remove'], more: true });
    const [verb, name, surplus] = positionals;
    if (surplus !== undefined) throw new UsageError(`'${surplus}' is one word too many (--help shows the form)`);
    const config = readConfig(process.env);
    switch (verb) {
      case 'list':
        return list(config, values.json ?? false);
      case 'probe':
        return probe(name ?? config.backend, config, values.json ?? false);
      case 'install':
        return install(installable(name), config, values);
      case 'remove':
        return remove(installable(name), config, values.json ?? false);
      default:
        throw new UsageError(`backend list, install NAME, probe [NAME] or remove NAME; not 'backend ${verb}'`);
    }
  },
};

async function list(config: Config, json: boolean): Promise<number> {
  const lines = await backendLines(config);
  if (json) {
    console.log(JSON.stringify(lines, null, 2));
    return EXIT.ok;
  }
  const rows = lines.map(({ name, state, version, device, bytes: size, words }) => [
    name,
    state,
    version ?? '–',
    device ?? '–',
    size === null ? '' : bytes(size),
    words,
  ]);
  const columns = [
    { name: 'backend' },
    { name: '' },
    { name: 'version' },
    { name: 'device' },
    { name: 'disk', right: true },
  ];
  console.log(table([...columns, { name: '' }], rows));
  return EXIT.ok;
}

/** Every backend, in the order in which a machine would want them. Loads what comes with gansweep, and no TensorFlow. */
export function backendLines(config: Config): Promise<readonly BackendLine[]> {
  return Promise.all(
    ORDER.map((name) => (isInstallable(name) ? installableLine(name, config) : includedLine(name, config))),
  );
}

async function includedLine(name: BackendName, config: Config): Promise<BackendLine> {
  const nothing = { bytes: null, folder: null };
  try {
    const { version, device } = await chooseExecutor(name, config);
    return {
      name,
      state: 'ready',
      version,
      device,
      ...nothing,
      words: name === 'reference' ? 'slow: the oracle of tests' : '',
    };
  } catch (error) {
    const words = error instanceof Error ? (error.message.split(': ').at(-1) ?? '') : String(error);
    return { name, state: 'absent', version: null, device: null, ...nothing, words };
  }
}

function installableLine(name: InstallableName, { backendHome }: Config): BackendLine {
  const state = findBackend(name, backendHome);
  const nothing = { name, version: null, device: null, bytes: null, folder: null };
  const mend = `gansweep backend install ${name}`;
  switch (state.kind) {
    case 'installed': {
      const { version, bytes: size, folder } = state.backend;
      const device = name === 'tensorflow-gpu' ? gpuName() : 'cpu';
      const words = name === 'tensorflow-gpu' ? ON_A_GPU : `GANSWEEP_BACKEND=${name} asks for it`;
      return { name, state: 'ready', version, device, bytes: size, folder, words };
    }
    case 'absent':
      return { ...nothing, state: 'absent', words: `${mend} (${sizesOf(name, backendHome)})` };
    case 'begun':
      return { ...nothing, state: 'begun', bytes: state.bytes, words: `stopped in the middle; ${mend} goes on` };
    case 'damaged':
      return { ...nothing, state: 'damaged', folder: state.folder, words: `${state.why}; ${mend}` };
  }
}

/** How far to trust tensorflow-gpu. */
export const RUN_ON_GPUS =
  "run on one kind of GPU so far, with that machine's CUDA libraries, not with those that it is installed with (docs/operations.md)";
/** Said where it is installed: that, and its faster brother. */
const ON_A_GPU = `${RUN_ON_GPUS}; GANSWEEP_BACKEND=tensorflow-gpu-tf32 multiplies faster, factors in 10 bits`;

/** `222 MB to fetch, 905 MB on disk`. */
export function sizesOf(name: InstallableName, backendHome: string): string {
  const recipe = recipeOf(name, here);
  if (!recipe) return 'from upstream; its size is told by its host';
  const { fetchBytes, diskBytes } = planInstallation(recipe, backendHome);
  return `${bytes(fetchBytes)} to fetch, ${bytes(diskBytes)} on disk`;
}

const here = `${process.platform}-${process.arch}`;

/** The first GPU that NVIDIA's driver lists, or null. */
export function gpuName(): string | null {
  const { status, stdout } = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 && stdout.trim() !== '' ? (stdout.trim().split('\n')[0] ?? null) : null;
}

async function probe(name: string, config: Config, json: boolean): Promise<number> {
  if (!isBackend(name)) throw new UsageError(unknown(name, BACKENDS));
  const probed = await probeBackend({ backend: name, backendHome: config.backendHome });
  console.log(json ? JSON.stringify(probed, null, 2) : probeLine(probed));
  return EXIT.ok;
}

/** `onnx 1.30.0 on cpu: 2.1 ms a step, 63 GFLOP/s in a dense layer`. */
export function probeLine({ name, version, device, stepMs, gflops }: Probe): string {
  return `${name} ${version} on ${device}: ${number(stepMs)} ms a step, ${gflops.toFixed(1)} GFLOP/s in a dense layer`;
}

interface InstallOptions {
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly index?: string | undefined;
  readonly from?: string | undefined;
}

async function install(name: InstallableName, config: Config, options: InstallOptions): Promise<number> {
  const { backendHome } = config;
  const recipe = recipeOf(name, here);
  const from = options.from ?? (recipe ? 'wheel' : 'upstream');
  if (from !== 'wheel' && from !== 'upstream') throw new UsageError(`--from is wheel or upstream, not '${from}'`);
  if (from === 'wheel' && !recipe)
    throw new Refused(
      `no wheel and binding are known for ${here}; packages/backends/bin/build-binding.mjs says how to add it, or take --from upstream`,
    );
  const say = (text: string): void => console.error(text);
  const found = findBackend(name, backendHome);
  const wanted = { from, version: from === 'wheel' ? recipe?.version : undefined };
  if (
    found.kind === 'installed' &&
    found.backend.from === wanted.from &&
    found.backend.version === (wanted.version ?? found.backend.version)
  ) {
    say(`${name} is installed already; gansweep backend probe ${name} measures it`);
    return installed(found.backend, options);
  }
  const index =
    from === 'wheel'
      ? findIndexUrl({ option: options.index ?? null, env: process.env, platform: process.platform, home: homedir() })
      : null;
  const { package: npm } = packageOf(name);
  const plan = recipe && planInstallation(recipe, backendHome);
  say(
    recipe && plan && index
      ? `${name}: TensorFlow ${recipe.version} from ${new URL(index.url).host} (${index.saidBy}), ${npm.name} ${npm.version} by npm`
      : `${name}: ${npm.name} ${npm.version} by npm, and what it fetches from its own host, which publishes no hashes`,
  );
  if (from === 'wheel' && plan)
    say(
      `${bytes(plan.fetchBytes)} to fetch, ${bytes(plan.diskBytes)} on disk in ${backendHome}${plan.haveBytes > 0 ? '; an earlier try is gone on with' : ''}`,
    );
  if (name === 'tensorflow-gpu') say(ON_A_GPU);
  if (!options.yes && !(await confirmed())) throw new Refused('nothing was installed');
  const abort = new AbortController();
  // A terminal may signal twice; the lock is given back and npm ended before this ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
  const line = transferLine({ live: process.stderr.isTTY ?? false, write: (text) => process.stderr.write(text) });
  const tools = { backendHome, env: process.env, now: () => new Date(), tell: line.tell, signal: abort.signal };
  try {
    const made =
      plan && index && from === 'wheel'
        ? await installBackend(plan, { ...tools, index })
        : await installUpstream(name, tools);
    line.end();
    return installed(made, options);
  } catch (error) {
    line.end();
    if (abort.signal.aborted)
      throw new Refused(`stopped; what was fetched is kept, and gansweep backend install ${name} goes on from there`);
    throw error;
  }
}

function installed(made: InstalledBackend, { json }: InstallOptions): number {
  const { name, version, folder, bytes: size } = made;
  if (json) console.log(JSON.stringify(made, null, 2));
  else console.log(`${name} ${version} is in ${folder} (${bytes(size)}); GANSWEEP_BACKEND=${name} asks for it`);
  return EXIT.ok;
}

/** A script that calls this has decided; a person is asked. */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|)$/i.test((await ask.question('Go on? [Y/n] ')).trim());
  } finally {
    ask.close();
  }
}

function remove(name: InstallableName, { backendHome }: Config, json: boolean): number {
  const freed = removeBackend(name, backendHome);
  if (json) console.log(JSON.stringify({ name, freedBytes: freed }, null, 2));
  else
    console.log(
      freed > 0
        ? `${name} is removed: ${bytes(freed)} are free again`
        : `${name} is not installed here; nothing to remove`,
    );
  return EXIT.ok;
}

const isBackend = (name: string): name is BackendName => BACKENDS.some((known) => known === name);
const isInstallable = (name: string): name is InstallableName => INSTALLABLE.some((known) => known === name);

function installable(name: string | undefined): InstallableName {
  if (name === undefined) throw new UsageError(`NAME is missing: ${INSTALLABLE.join(' or ')}`);
  if (isInstallable(name)) return name;
  if (name === 'tensorflow-gpu-tf32') throw new UsageError(`${name} is a way to use tensorflow-gpu: name that one`);
  throw new UsageError(
    isBackend(name)
      ? `${name} comes with gansweep; ${INSTALLABLE.join(' and ')} are installed and removed`
      : unknown(name, INSTALLABLE),
  );
}

function unknown(name: string, candidates: readonly string[]): string {
  const close = nearest(name, candidates);
  return `there is no backend '${name}'${close ? `; did you mean '${close}'?` : `: ${candidates.join(', ')}`}`;
}
