import { chownSync, closeSync, existsSync, openSync, readFileSync, realpathSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { clusterPassword, ensureCluster, SUPERUSER } from './create-cluster.ts';
import { EmbeddedPostgresError, explain } from './embedded-postgres-error.ts';
import { findBinaries, program, programEnvironment } from './postgres-binaries.ts';
import { disownDeadPostmaster, findPostmaster, lastPort } from './postmaster-file.ts';
import { runProgram } from './run-program.ts';
import { placeServer, type ServerPlace } from './server-place.ts';

export interface EmbeddedPostgres {
  /** Connection URL, with the password; the database is `gansweep` unless named. */
  url(database?: string): string;
  readonly port: number;
  /** Where the cluster, its log and possibly a copy of the programs are kept. */
  readonly folder: string;
  /** A live server of this home was found and is used. */
  readonly reused: boolean;
  /** Stops the server, whoever started it; open connections are cut. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** GANSWEEP_HOME: keeps the password and, where the server's account may enter it, the cluster. */
  readonly home: string;
  /** Takes the few lines that a person should see. */
  readonly log: (line: string) => void;
  /** Further server settings, e.g. `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Server {
  readonly place: ServerPlace;
  readonly password: string;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: Readonly<Record<string, string>>;
}

const START_SECONDS = 30;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const WATCH_MS = 1_000;

/**
 * Starts the PostgreSQL of a home, or finds it running: it outlives a killed parent. While this process lives, a server
 * that dies is started again on the same port.
 * @throws EmbeddedPostgresError with one line for a person.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const binaries = findBinaries();
    const place = placeServer({ home: options.home, binaries, log: options.log });
    const env = programEnvironment(place.native, path.join(place.folder, 'lib'));
    const password = clusterPassword(options.home);
    await ensureCluster({ place, major: binaries.major, password, env });
    const server: Server = { place, password, env, settings: options.settings ?? {} };
    const started = await reuseOrStart(server, lastPort(place.data));
    await ensureDatabase(server, started.port);
    return supervise(server, started, options.log);
  } catch (error) {
    throw explain(error, options.home);
  }
}

/** Of two starts at once the data directory's own lock lets one through; the other finds that one's server. */
async function reuseOrStart(server: Server, wantedPort: number | null): Promise<{ port: number; reused: boolean }> {
  const deadline = performance.now() + START_SECONDS * 1_000;
  for (let complaint: unknown = null; ; ) {
    const found = findPostmaster(server.place.data);
    if (found?.ready && (await servesThisCluster(server, found.port)))
      return { port: found.port, reused: complaint === null };
    if (performance.now() > deadline)
      throw (
        complaint ??
        new EmbeddedPostgresError(
          `Process ${found?.pid} holds ${server.place.data} but does not answer: end it and start again.`,
        )
      );
    if (found) {
      // Starting, recovering, or on its way down.
      await delay(25);
      continue;
    }
    disownDeadPostmaster(server.place.data);
    try {
      await startServer(server, await choosePort(wantedPort));
      const port = findPostmaster(server.place.data)?.port;
      if (port) return { port, reused: false };
    } catch (error) {
      complaint = startFailure(server, error);
      if (!isTransient(String(complaint))) throw complaint;
      await delay(50);
    }
  }
}

async function startServer(server: Server, port: number): Promise<void> {
  const { place, env } = server;
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: "''",
    max_connections: '100',
    log_checkpoints: 'off',
    ...server.settings,
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  await runProgram(
    program(place.native, 'pg_ctl'),
    ['-D', place.data, '-w', '-t', String(START_SECONDS), '-l', freshLog(place), '-o', flags.join(' '), 'start'],
    { ...place.account, env },
  );
}

/** Path of the server's log; a long one of earlier starts is put aside. */
function freshLog(place: ServerPlace): string {
  const file = path.join(place.folder, 'server.log');
  if (existsSync(file) && statSync(file).size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  closeSync(openSync(file, 'a', 0o600));
  const { uid, gid } = place.account;
  if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
  return file;
}

/** The last thing the server said before it gave up is more use than pg_ctl's "could not start server". */
function startFailure(server: Server, error: unknown): unknown {
  const log = path.join(server.place.folder, 'server.log');
  const said = existsSync(log)
    ? readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => /FATAL|PANIC|rror/.test(line))
        .at(-1)
    : undefined;
  return said === undefined
    ? error
    : explain(
        new EmbeddedPostgresError(
          `PostgreSQL did not start: ${said.replace(/^.*?(FATAL|PANIC|error)/, '$1').trim()} (log: ${log})`,
        ),
        server.place.folder,
      );
}

/** Another start holds the directory, backends of a killed server are still leaving, or the port was just taken. */
function isTransient(complaint: string): boolean {
  return /lock file .* already exists|shared memory block|could not create any TCP|Address already in use|starting up/i.test(
    complaint,
  );
}

/** True where the server at the port is the one of this data directory and knows our password. */
async function servesThisCluster(server: Server, port: number): Promise<boolean> {
  try {
    return await withClient(connection(server, port, 'postgres'), async (client) => {
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
      return rows[0]?.data_directory === realpathSync(server.place.data);
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // 57P03: starting up or shutting down. 28P01: a wrong password, which waiting does not mend.
    if (code === '28P01' || code === '28000')
      throw new EmbeddedPostgresError(
        `The server of ${server.place.data} refuses the password in GANSWEEP_HOME/postgres-password: put the right one there.`,
      );
    return false;
  }
}

async function ensureDatabase(server: Server, port: number): Promise<void> {
  await withClient(connection(server, port, 'postgres'), async (client) => {
    const present = await client.query("SELECT 1 FROM pg_database WHERE datname = 'gansweep'");
    if (present.rowCount) return;
    await client.query('CREATE DATABASE gansweep').catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // Another start was first.
      if (code !== '42P04' && code !== '23505') throw error;
    });
  });
}

function supervise(
  server: Server,
  started: { port: number; reused: boolean },
  log: (line: string) => void,
): EmbeddedPostgres {
  const { port } = started;
  const { place, env } = server;
  let restarting: Promise<void> | null = null;
  const revive = async (): Promise<void> => {
    log('PostgreSQL ended unexpectedly and is started again.');
    try {
      await reuseOrStart(server, port);
    } catch (error) {
      log(`PostgreSQL could not be started again: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const watch = setInterval(() => {
    if (restarting || findPostmaster(place.data)) return;
    restarting = revive().finally(() => {
      restarting = null;
    });
  }, WATCH_MS).unref();
  return {
    port,
    folder: place.folder,
    reused: started.reused,
    url: (database = 'gansweep') => connection(server, port, database),
    async stop() {
      clearInterval(watch);
      await restarting;
      if (!findPostmaster(place.data)) return;
      await runProgram(program(place.native, 'pg_ctl'), ['-D', place.data, '-m', 'fast', '-w', 'stop'], {
        ...place.account,
        env,
      });
    },
  };
}

function connection(server: Server, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${server.password}@127.0.0.1:${port}/${database}`;
}

async function withClient<Value>(url: string, use: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A server on its way down cuts the connection; the query's own rejection says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The wanted port if nobody listens there, else one that the system gives. */
async function choosePort(wanted: number | null): Promise<number> {
  if (wanted !== null && (await listen(wanted)) !== null) return wanted;
  const given = await listen(0);
  if (given === null) throw new EmbeddedPostgresError('No free port on 127.0.0.1 for the database.');
  return given;
}

function listen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(null));
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}
