import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { plot } from '../src/terminal/plot.ts';
import { bar, bytes, duration, number, table } from '../src/terminal/table.ts';
import { transferLine } from '../src/terminal/transfer.ts';
import { runHere, type Said } from './run-here.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { GANSWEEP_PORT: '1', GANSWEEP_HOME: folder, LOG_LEVEL: 'info' };

/** The command as a person runs it; nothing listens on its port. */
function gansweep(words: readonly string[], env: Readonly<Record<string, string>> = {}): Said {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'apps/cli/bin/gansweep.mjs'), ...words],
    { encoding: 'utf8', cwd: folder, env: { ...process.env, ...settings, ...env } },
  );
  return { status: status ?? Number.NaN, stdout, stderr };
}

/** The same command in this process. */
const here = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> =>
  runHere(words, { cwd: folder, env: { ...settings, ...env } });

const file = (name: string, text: string): string => {
  const place = path.join(folder, name);
  writeFileSync(place, text);
  return place;
};

interface Case {
  readonly what: string;
  readonly words: readonly string[];
  readonly code: number;
  readonly said: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}
const expectation = (
  what: string,
  words: readonly string[],
  code: number,
  said: RegExp,
  env: Readonly<Record<string, string>> = {},
): Case => ({ what, words, code, said, env });

describe('exit codes and words', () => {
  it.each([
    expectation('no command', [], 2, /gansweep <command>/),
    expectation('help', ['help'], 0, /validate FILE/),
    expectation('help of one command', ['try', '--help'], 0, /--set changes a field/),
    expectation('a mistyped command', ['sumbit', 'x.yaml'], 2, /did you mean 'submit'/),
    expectation('a mistyped option', ['submit', 'x.yaml', '--wach'], 2, /--wach/),
    expectation('a missing file', ['validate', 'nowhere.yaml'], 2, /no such file/),
    expectation('a folder for a file', ['validate', '.'], 2, /that is a folder/),
    expectation('a missing word', ['validate'], 2, /FILE is missing/),
    expectation('a word too many', ['list', 'more'], 2, /one word too many/),
    expectation('no service', ['list'], 3, /no gansweep service answers at http:\/\/127\.0\.0\.1:1/),
    expectation('a wrong setting', ['list'], 2, /GANSWEEP_SLOTS=none/, { GANSWEEP_SLOTS: 'none' }),
    expectation('a process without its database', ['worker'], 2, /DATABASE_URL is not set/),
    expectation('a database that is away', ['db', 'status'], 3, /./, {
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    }),
    expectation(
      'a backend that is not installed',
      ['backend', 'probe', 'tensorflow'],
      3,
      /GANSWEEP_BACKEND=tensorflow: .* not installed .* gansweep backend install tensorflow/,
      { GANSWEEP_BACKEND_HOME: path.join(folder, 'backends') },
    ),
    expectation('a bind off loopback without a token', ['api'], 2, /GANSWEEP_HOST=0\.0\.0\.0/, {
      GANSWEEP_HOST: '0.0.0.0',
      DATABASE_URL: 'postgresql://a@127.0.0.1:1/b',
    }),
  ])('$what', async ({ words, code, said, env }) => {
    const { status, stdout, stderr } = await here(words, env);
    expect([status, `${stdout}${stderr}`]).toEqual([code, expect.stringMatching(said)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('are those of the process, which says faults on stderr in one line', () => {
    expect(gansweep(['sumbit', 'x.yaml'])).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^gansweep: [^\n]*did you mean 'submit'[^\n]*\n$/),
    });
    // Its pool was opened before it failed, and keeps no process.
    expect(gansweep(['db', 'status'], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' })).toEqual({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(/^gansweep: the database does not answer[^\n]*\n$/),
    });
  });

  it('says of a bad spec every problem, with its place', () => {
    const spec = file(
      'bad.yaml',
      'version: 1\nname: x\nmethod: grd\nparameters: { model: { value: mlp2d }, lr: { values: [] } }\n',
    );
    const { status, stderr } = gansweep(['validate', spec]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/method: /);
    expect(stderr).toMatch(/parameters\.lr\.values: /);
  });

  it('says of a good spec how many runs it makes', async () => {
    const spec = file(
      'good.yaml',
      'version: 1\nname: x\nmethod: grid\nseeds: 3\nparameters: { model: { value: mlp2d }, dataset: { value: ring8 }, lr: { values: [0.1, 0.2] } }\n',
    );
    expect(await here(['validate', spec])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('2 trials, 6 runs'),
    });
  });

  it('trains the first configuration here and leaves a picture', async () => {
    const spec = file(
      'try.yaml',
      'version: 1\nname: x\nmethod: grid\nparameters: { model: { value: mlp2d }, dataset: { value: ring }, images: { value: 64000 }, lr: { values: [0.001, 0.01] } }\n',
    );
    const { status, stdout, stderr } = gansweep(['try', spec, '--images', '6400', '--set', 'nz=4']);
    expect([status, stderr, stdout]).toEqual([
      0,
      '',
      expect.stringMatching(/succeeded after 6400 images[\s\S]*the sweep: 2 runs[\s\S]*samples: .*\.png/),
    ]);
    expect(await here(['try', spec, '--set', 'nz=many'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nz'),
    });
  });
});

describe('program show', () => {
  const spec = file(
    'program.yaml',
    'version: 1\nname: x\nmethod: grid\nparameters: { model: { value: mlp2d }, dataset: { value: ring }, widthG: { value: 16 }, lr: { values: [0.1, 0.2] } }\n',
  );

  it('prints the nodes of the first configuration and what they cost', async () => {
    const { status, stdout } = await here(['program', 'show', spec]);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^%0 = state pG\(\) float32\[\d+\] \d+ B 0 flop$[\s\S]*^live at most +\d[\s\S]*^memory +\d.* on onnx, predicted$/m,
      ),
    ]);
  });

  it('gives the totals as JSON, which follow --set', async () => {
    const totals = async (...more: string[]) =>
      JSON.parse((await here(['program', 'show', spec, '--json', ...more])).stdout);
    const first = await totals();
    // 2 → 16 → 16 → 2, and D 2 → 8 → 8 → 1, with biases.
    expect(first).toMatchObject({ parametersG: 48 + 272 + 34, parametersD: 24 + 72 + 9, nodes: expect.any(Number) });
    expect(first.peakLiveBytes).toBeGreaterThan(0);
    expect(first.memoryBytes.onnx).toBeGreaterThan(first.peakLiveBytes + 2 * first.stateBytes);
    expect((await totals('--set', 'batch=512')).flopsPerStep).toBeGreaterThan(2 * first.flopsPerStep);
  });

  it('refuses other words and bad changes', async () => {
    expect(await here(['program', 'list', spec])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/'show', not 'list'/),
    });
    expect(await here(['program', 'show', spec, '--set', 'batch=0'])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/batch/),
    });
  });
});

describe('the terminal', () => {
  it('aligns columns, numbers to the right', () => {
    expect(
      table(
        [{ name: 'a' }, { name: 'n', right: true }],
        [
          ['long text', '1'],
          ['x', '1000'],
        ],
      ),
    ).toBe('a             n\nlong text     1\nx          1000');
  });

  it.each([
    [0.00012345, '1.23e-4'],
    [12.34567, '12.35'],
    [0, '0'],
    [null, '–'],
    [2_500_000, '2.50e6'],
  ])('writes %s as %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it('writes durations, sizes and bars', () => {
    expect([duration(5), duration(125), duration(7_500), bytes(1536), bar(0.5, 4)]).toEqual([
      '5 s',
      '2 min 5 s',
      '2 h 5 min',
      '1.5 KiB',
      '██░░',
    ]);
  });

  it('plots a rising curve from the lower left to the upper right', () => {
    const lines = plot([{ name: 'loss', images: [0, 50, 100], values: [0, 1, 2] }], { width: 11, height: 3 }).split(
      '\n',
    );
    expect(lines[0]?.indexOf('•')).toBeGreaterThan(lines[2]?.indexOf('•') ?? 99);
    expect(lines[0]).toContain('2');
  });
});

describe('backend', () => {
  const env = { GANSWEEP_BACKEND_HOME: path.join(folder, 'backends') };

  it('lists every backend with nothing installed, each with its mend', async () => {
    const { status, stdout } = await here(['backend', 'list', '--json'], env);
    expect(status).toBe(0);
    const lines: { name: string; state: string; words: string }[] = JSON.parse(stdout);
    expect(lines.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'tensorflow-gpu absent',
      'wasm ready',
      'onnx ready',
      'tensorflow absent',
      'onnx-webgpu absent',
      'reference ready',
    ]);
    expect(lines[3]?.words).toMatch(/^gansweep backend install tensorflow \(.* to fetch, .* on disk\)$/);
  });

  it('says that TF32 is a way to use an installed backend, not one to install', async () => {
    const { status, stderr } = await here(['backend', 'install', 'tensorflow-gpu-tf32', '--yes'], env);
    expect([status, stderr]).toEqual([2, expect.stringContaining('is a way to use tensorflow-gpu: name that one')]);
  });

  it('lists a damaged one with the reason', async () => {
    mkdirSync(path.join(folder, 'damaged/tensorflow'), { recursive: true });
    const { stdout } = await here(['backend', 'list'], { GANSWEEP_BACKEND_HOME: path.join(folder, 'damaged') });
    expect(stdout).toMatch(/tensorflow +damaged .* backend\.json is missing; gansweep backend install tensorflow/);
  });

  it('measures one in a process of its own', async () => {
    const { status, stdout } = await here(['backend', 'probe', 'wasm', '--json'], env);
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      {
        name: 'wasm',
        version: expect.any(String),
        device: expect.stringMatching(/^cpu/),
        stepMs: expect.any(Number),
        gflops: expect.any(Number),
      },
    ]);
  });

  it.each([
    expectation(
      'nothing to remove',
      ['backend', 'remove', 'tensorflow'],
      0,
      /is not installed here; nothing to remove/,
    ),
    expectation('what comes with gansweep', ['backend', 'install', 'wasm'], 2, /wasm comes with gansweep/),
    expectation('a mistyped name', ['backend', 'install', 'tensorflw'], 2, /did you mean 'tensorflow'/),
    expectation('no name', ['backend', 'install'], 2, /NAME is missing/),
    expectation('a mistyped verb', ['backend', 'instal', 'tensorflow'], 2, /not 'backend instal'/),
    expectation(
      'another source',
      ['backend', 'install', 'tensorflow', '--from', 'there'],
      2,
      /--from is wheel or upstream/,
    ),
    expectation(
      'an index that is none',
      ['backend', 'install', 'tensorflow', '--index', 'there'],
      3,
      /--index does not name an http/,
    ),
  ])('$what', async ({ words, code, said }) => {
    const { status, stdout, stderr } = await here(words, env);
    expect([status, `${stdout}${stderr}`]).toEqual([code, expect.stringMatching(said)]);
  });
});

describe('the line of a transfer', () => {
  const told = (live: boolean): string => {
    let text = '';
    let now = 0;
    const line = transferLine({ live, write: (more) => (text += more), clock: () => (now += 60) });
    line.tell({ kind: 'step', words: 'a wheel' });
    for (let done = 0; done <= 100; done++) line.tell({ kind: 'bytes', done: done * 1024, total: 100 * 1024 });
    line.end();
    return text;
  };

  it('is drawn over on a terminal, seldom, and to its end', () => {
    expect(stripVTControlCharacters(told(true))).toMatch(
      /^a wheel …\n\r░{20} 0 B of 100 KiB[\s\S]*\r█{20} 100 KiB of 100 KiB\n$/,
    );
    expect(told(true).split('\r').length).toBeLessThan(60);
  });

  it('is a line a tenth in a log', () => {
    expect(told(false).split('\n').length).toBe(12);
    expect(told(false)).toMatch(/ {2}100 KiB of 100 KiB\n$/);
  });
});
