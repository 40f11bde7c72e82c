import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.ts';

let home: string;
let started: EmbeddedPostgres[];
const lines: string[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'gansweep-local-'));
  // As root the server runs under another account, which must enter.
  chmodSync(home, 0o755);
  started = [];
  lines.length = 0;
});

afterEach(async () => {
  for (const server of started) await server.stop();
  for (const folder of new Set([home, ...started.map((server) => server.folder)]))
    rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ home, log: (line) => lines.push(line) });
  started.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const postmasterPid = (server: EmbeddedPostgres) =>
  Number(readFileSync(path.join(server.folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

describe('startEmbeddedPostgres', () => {
  it('brings a new home to its first query quickly, protected by a generated password', async () => {
    const began = performance.now();
    const server = await start();
    expect(await query(server.url(), 'SELECT current_database() AS name')).toEqual([{ name: 'gansweep' }]);
    const seconds = (performance.now() - began) / 1_000;
    // The promise is 2 s on an idle machine; other tests run beside this one.
    expect(seconds).toBeLessThan(8);
    expect(server.reused).toBe(false);
    expect(statSync(path.join(home, 'postgres-password')).mode & 0o777).toBe(0o600);
    const url = new URL(server.url());
    expect(url.hostname).toBe('127.0.0.1');
    expect(url.password).toMatch(/^[0-9a-f]{48}$/);
    url.password = 'wrong';
    await expect(query(url.toString(), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    url.password = '';
    await expect(query(url.toString(), 'SELECT 1')).rejects.toThrow();
  });

  it('keeps what was written over a stop and a start', async () => {
    const first = await start();
    await query(first.url(), 'CREATE TABLE t AS SELECT 42 AS x');
    await first.stop();
    const second = await start();
    expect(second.reused).toBe(false);
    expect(await query(second.url(), 'SELECT x FROM t')).toEqual([{ x: 42 }]);
  });

  it('finds the server again whose parent was killed', async () => {
    const program = `
      import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const server = await startEmbeddedPostgres({ home: ${JSON.stringify(home)}, log: () => {} });
      console.log(server.port);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const server = await start();
    expect(server).toMatchObject({ reused: true, port: Number(port) });
    expect(await query(server.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('makes one cluster when two start at once', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one?.port).toBe(two?.port);
    expect(one?.url()).toBe(two?.url());
    expect(await query(one?.url() ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(one?.folder ?? '').filter((name) => name.startsWith('new-'))).toEqual([]);
    expect(readdirSync(home).filter((name) => name.startsWith('postgres-password'))).toEqual(['postgres-password']);
  });

  it('starts a killed server again on the same port, with every committed row', async () => {
    const server = await start();
    await query(server.url(), 'CREATE TABLE t AS SELECT generate_series(1, 150) AS x');
    process.kill(postmasterPid(server), 'SIGKILL');
    await expect
      .poll(() => query(server.url(), 'SELECT count(*)::int AS n FROM t').catch(() => null), {
        timeout: 20_000,
        interval: 100,
      })
      .toEqual([{ n: 150 }]);
    expect(lines).toEqual(['PostgreSQL ended unexpectedly and is started again.']);
  });

  it('starts over a file that a dead server left, whoever has its number by now', async () => {
    const server = await start();
    const file = path.join(server.folder, 'data/postmaster.pid');
    const left = readFileSync(file, 'utf8').split('\n');
    await server.stop();
    // This very process is alive and no PostgreSQL: a container restarts its numbers from 1.
    writeFileSync(file, [process.pid, ...left.slice(1)].join('\n'));
    chmodSync(file, 0o666);
    const again = await start();
    expect(again.reused).toBe(false);
    expect(await query(again.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a cluster of another PostgreSQL in one line', async () => {
    const server = await start();
    await server.stop();
    writeFileSync(path.join(server.folder, 'data/PG_VERSION'), '12\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 12 and this version brings 18: dump it/);
  });

  it('says which file to mend when the password is not the cluster’s', async () => {
    await start();
    writeFileSync(path.join(home, 'postgres-password'), 'wrong\n');
    const failure = startEmbeddedPostgres({ home, log: () => undefined });
    await expect(failure).rejects.toThrow(/refuses the password in GANSWEEP_HOME\/postgres-password/);
  });

  it('says what is wrong with a home that cannot be made', async () => {
    writeFileSync(path.join(home, 'file'), '');
    const failure = startEmbeddedPostgres({ home: path.join(home, 'file/below'), log: () => undefined });
    await expect(failure).rejects.toThrow(/^The database cannot be kept in .*file\/below: (ENOTDIR|EEXIST)/);
  });
});
