import { describe, expect, it } from 'vitest';
import { DownloadError } from '../fetch/download-error.ts';
import { findIndexUrl, type IndexQuestion } from './index-url.ts';

const question = (
  given: Partial<IndexQuestion> & { readonly files?: Readonly<Record<string, string>> } = {},
): IndexQuestion => ({
  option: null,
  env: {},
  platform: 'linux',
  home: '/home/ada',
  readText: (file) => given.files?.[file] ?? null,
  ask: () => null,
  ...given,
});
const conf = (url: string, section = 'global'): string => `[${section}]\ntimeout = 60\nindex-url = ${url}\n`;
/** As pip folds it at 80 columns. */
const HELP = `  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://default.example/simple). This should point to a
  --extra-index-url <url>     Extra URLs of package indexes`;

describe('the package index of a machine', () => {
  it.each([
    [
      'the option before all',
      { option: 'https://a.example/simple', env: { PIP_INDEX_URL: 'https://b.example' } },
      'https://a.example/simple',
      '--index',
    ],
    [
      "pip's variable before its files",
      { env: { PIP_INDEX_URL: 'https://b.example/simple' }, files: { '/etc/pip.conf': conf('https://c.example') } },
      'https://b.example/simple',
      'PIP_INDEX_URL',
    ],
    [
      "the user's file before the machine's",
      {
        files: {
          '/etc/pip.conf': conf('https://c.example'),
          '/home/ada/.config/pip/pip.conf': conf('https://d.example'),
        },
      },
      'https://d.example',
      '/home/ada/.config/pip/pip.conf',
    ],
    [
      'a section for downloads before the global one',
      { files: { '/etc/pip.conf': `${conf('https://c.example')}${conf('https://e.example', 'download')}` } },
      'https://e.example',
      '/etc/pip.conf',
    ],
    [
      'the environment of a virtual environment',
      {
        env: { VIRTUAL_ENV: '/venv' },
        files: { '/etc/pip.conf': conf('https://c.example'), '/venv/pip.conf': conf('https://f.example') },
      },
      'https://f.example',
      '/venv/pip.conf',
    ],
    [
      'on Windows',
      {
        platform: 'win32' as const,
        env: { APPDATA: '/roaming' },
        files: { '/roaming/pip/pip.ini': conf('https://g.example') },
      },
      'https://g.example',
      '/roaming/pip/pip.ini',
    ],
    [
      'what pip takes without a setting',
      { ask: (file: string) => (file === 'pip' ? HELP : null) },
      'https://default.example/simple',
      'pip',
    ],
    [
      'what uv takes',
      {
        ask: (file: string) =>
          file === 'uv'
            ? '--default-index <DEFAULT_INDEX>\n The URL of the default package index (by default: <https://uv.example/simple>)'
            : null,
      },
      'https://uv.example/simple',
      'uv',
    ],
  ] as const)('is %s', (_, given, url, saidBy) => {
    expect(findIndexUrl(question(given))).toEqual({ url, saidBy });
  });

  it('is not read from files that pip was told to leave', () => {
    expect(() =>
      findIndexUrl(
        question({ env: { PIP_CONFIG_FILE: '/dev/null' }, files: { '/etc/pip.conf': conf('https://c.example') } }),
      ),
    ).toThrow(DownloadError);
  });

  it('must be named where there is nobody to ask, and the error says how', () => {
    expect(() => findIndexUrl(question())).toThrow(/--index URL or PIP_INDEX_URL/);
  });

  it.each(['file:///etc', 'thing', 'ftp://a.example'])('is no %s', (option) => {
    expect(() => findIndexUrl(question({ option }))).toThrow(/--index does not name an http or https address/);
  });
});
