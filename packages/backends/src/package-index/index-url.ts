import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DownloadError } from '../fetch/download-error.ts';
import type { Environment } from '../fetch/proxy.ts';

/** Where wheels come from, and who said so. */
export interface IndexChoice {
  readonly url: string;
  readonly saidBy: string;
}

export interface IndexQuestion {
  /** What the user gave on the command line. */
  readonly option: string | null;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** Home folder of the user. */
  readonly home: string;
  readonly readText?: (file: string) => string | null;
  /** What a program prints, or null where it does not run. */
  readonly ask?: (file: string, args: readonly string[]) => string | null;
}

/**
 * The Python package index that this machine uses: the option, else the environment, else pip's configuration files (which
 * are honoured without pip too), else what pip or uv itself would take.
 * No address of an index stands in gansweep, so that a site's mirror is never bypassed.
 * @throws DownloadError that says how to name one.
 */
export function findIndexUrl(question: IndexQuestion): IndexChoice {
  const { option, env } = question;
  if (option !== null) return checked({ url: option, saidBy: '--index' });
  for (const name of ['PIP_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL']) {
    const url = env[name];
    if (url) return checked({ url, saidBy: name });
  }
  const found = fromPipFiles(question) ?? fromPrograms(question);
  if (found) return checked(found);
  throw new DownloadError(
    'no Python package index is known here: there is no pip, uv or configuration of theirs to ask. Give its simple ' +
      "interface, the address that pip calls index-url, by --index URL or PIP_INDEX_URL (a mirror's will do)",
  );
}

function checked(choice: IndexChoice): IndexChoice {
  if (!URL.canParse(choice.url) || !/^https?:$/.test(new URL(choice.url).protocol))
    throw new DownloadError(`${choice.saidBy} does not name an http or https address of a package index`);
  return choice;
}

/** The later file wins, as in pip. @see pip's documentation, "Configuration". */
function fromPipFiles({ env, platform, home, readText = readIfThere }: IndexQuestion): IndexChoice | null {
  const files = pipFiles(env, platform, home);
  for (const file of files.reverse()) {
    const text = readText(file);
    const url = text === null ? null : indexUrlIn(text);
    if (url) return { url, saidBy: file };
  }
  return null;
}

function pipFiles(env: Environment, platform: NodeJS.Platform, home: string): string[] {
  const named = env.PIP_CONFIG_FILE;
  if (named === '/dev/null' || named?.toLowerCase() === 'nul') return [];
  const last = [
    ...(env.VIRTUAL_ENV ? [path.join(env.VIRTUAL_ENV, platform === 'win32' ? 'pip.ini' : 'pip.conf')] : []),
  ];
  if (named) last.push(named);
  if (platform === 'win32')
    return [
      path.join(env.PROGRAMDATA || 'C:\\ProgramData', 'pip', 'pip.ini'),
      path.join(home, 'pip', 'pip.ini'),
      path.join(env.APPDATA || path.join(home, 'AppData', 'Roaming'), 'pip', 'pip.ini'),
      ...last,
    ];
  const own = platform === 'darwin' ? [path.join(home, 'Library/Application Support/pip/pip.conf')] : [];
  const config = env.XDG_CONFIG_HOME || path.join(home, '.config');
  const shared = platform === 'darwin' ? '/Library/Application Support/pip/pip.conf' : '/etc/xdg/pip/pip.conf';
  return [
    shared,
    '/etc/pip.conf',
    path.join(home, '.pip/pip.conf'),
    path.join(config, 'pip/pip.conf'),
    ...own,
    ...last,
  ];
}

/** `index-url` of the sections that hold for downloads. */
function indexUrlIn(text: string): string | null {
  let section = '';
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line.trim());
    if (header) section = (header[1] ?? '').trim().toLowerCase();
    const value = /^\s*index[-_]url\s*[=:]\s*(\S+)\s*$/i.exec(line)?.[1];
    if (value) found[section] = value;
  }
  return found.download ?? found.install ?? found.global ?? null;
}

const PROGRAMS: readonly (readonly [string, readonly string[]])[] = [
  ['pip3', ['download', '--help']],
  ['pip', ['download', '--help']],
  ['python3', ['-m', 'pip', 'download', '--help']],
  ['python', ['-m', 'pip', 'download', '--help']],
  ['py', ['-m', 'pip', 'download', '--help']],
  ['uv', ['pip', 'install', '--help']],
];

/** Their help tells the address that holds when nothing is configured. */
function fromPrograms({ ask = printed }: IndexQuestion): IndexChoice | null {
  for (const [file, args] of PROGRAMS) {
    const help = ask(file, args)?.replace(/\s+/g, ' ');
    const url =
      help && /--(?:index-url|default-index)\b.{0,200}?\bdefault:? <?(https?:\/\/[^\s)>\]]+)/i.exec(help)?.[1];
    if (url) return { url, saidBy: file };
  }
  return null;
}

function printed(file: string, args: readonly string[]): string | null {
  const result = spawnSync(file, args, { encoding: 'utf8', timeout: 20_000, windowsHide: true });
  return result.status === 0 ? result.stdout : null;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
