import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { indexServer } from '../../test/index-server.ts';
import { type SmallWheel, smallWheel } from '../../test/small-wheel.ts';
import { DownloadError, IntegrityError } from '../fetch/download-error.ts';
import { bytesToFetch, fetchWheel } from './fetch-wheel.ts';
import type { MemberPin, WheelPin } from './wheel-pins.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gansweep-wheel-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const library = Buffer.concat([randomBytes(40_000), Buffer.alloc(200_000, 'a')]);
const stored = randomBytes(5_000);
const { bytes, pin: everything }: SmallWheel = smallWheel({
  'thing/unneeded.py': randomBytes(300_000),
  'thing/library.so': library,
  'thing/stored.raw': stored,
  'thing/zzz.raw': randomBytes(100_000),
});
/** Answers that begin here hold the archive's directory. */
const DIRECTORY = bytes.length - 70_000;
const pin: WheelPin = {
  ...everything,
  members: everything.members.filter((member) => /library|stored/.test(member.path)),
};
const place = (member: MemberPin): string => path.join(folder, 'placed', path.basename(member.path));
const serve = () => indexServer(pin.file, { bytes, sha256: pin.sha256 });
const fetch = (
  address: string,
  tools: { readonly onBytes?: (n: number) => void; readonly onWhole?: () => void } = {},
) =>
  fetchWheel(pin, address, place, {
    env: {},
    partial: path.join(folder, 'partial'),
    onBytes: () => {},
    retryMs: [1, 1],
    ...tools,
  });
const placed = (): readonly string[] =>
  existsSync(path.join(folder, 'placed')) ? readdirSync(path.join(folder, 'placed')).sort() : [];
const isWhole = (): boolean =>
  readFileSync(path.join(folder, 'placed/library.so')).equals(library) &&
  readFileSync(path.join(folder, 'placed/stored.raw')).equals(stored);

describe('files out of a wheel', () => {
  it('are fetched by their own bytes where the server offers ranges', async () => {
    await using server = await serve();
    let counted = 0;
    const expected = bytesToFetch(pin, place, path.join(folder, 'partial'));
    await fetch(server.fileUrl, { onBytes: (n) => (counted += n) });
    expect(isWhole()).toBe(true);
    expect(counted).toBe(expected);
    expect(server.sent()).toBeLessThan(150_000);
    expect(readdirSync(path.join(folder, 'partial'))).toEqual([]);
    expect(statSync(path.join(folder, 'placed/library.so')).mode & 0o111).not.toBe(0);
  });

  it('come out of the whole wheel where it offers none', async () => {
    await using server = await serve();
    server.behave({ ranges: false });
    let told = 0;
    await fetch(server.fileUrl, { onWhole: () => (told += 1) });
    expect([isWhole(), told]).toEqual([true, 1]);
    expect(readdirSync(path.join(folder, 'partial'))).toEqual([]);
  });

  it('are not fetched again when they are there', async () => {
    await using server = await serve();
    await fetch(server.fileUrl);
    const before = server.asked.length;
    await fetch(server.fileUrl);
    expect(server.asked.length).toBe(before);
    expect(bytesToFetch(pin, place, path.join(folder, 'partial'))).toBe(0);
  });

  it('are fetched again when somebody changed them', async () => {
    await using server = await serve();
    await fetch(server.fileUrl);
    writeFileSync(path.join(folder, 'placed/library.so'), Buffer.alloc(library.length));
    await fetch(server.fileUrl);
    expect(isWhole()).toBe(true);
  });

  it('go on by themselves where a connection broke', async () => {
    await using server = await serve();
    // More answers than tries: whoever gets on is not given up.
    server.behave({ breaksAfter: 5_000, breaksBefore: DIRECTORY });
    await fetch(server.fileUrl);
    expect(isWhole()).toBe(true);
  });

  it('go on in a later call from where the network stopped for good', async () => {
    await using server = await serve();
    server.behave({ stopsAfter: 30_000, breaksBefore: DIRECTORY });
    await expect(fetch(server.fileUrl)).rejects.toThrow(/broke off/);
    expect(placed()).toEqual([]);
    const left = bytesToFetch(pin, place, path.join(folder, 'partial'));
    expect(left).toBeLessThan(25_000);
    server.behave({ stopsAfter: Number.POSITIVE_INFINITY });
    let counted = 0;
    await fetch(server.fileUrl, { onBytes: (n) => (counted += n) });
    expect([isWhole(), counted]).toEqual([true, left]);
  });

  it('are never placed when their bytes are others than the pinned ones, and nothing of them is kept', async () => {
    const wrong = Buffer.from(library);
    wrong[10] = (wrong[10] ?? 0) ^ 1;
    const other = smallWheel({
      'thing/unneeded.py': randomBytes(300_000),
      'thing/library.so': wrong,
      'thing/stored.raw': stored,
    });
    const sameSize = { ...pin, size: other.bytes.length };
    await using server = await indexServer(pin.file, { bytes: other.bytes, sha256: null });
    const work = fetchWheel(sameSize, server.fileUrl, place, {
      env: {},
      partial: path.join(folder, 'partial'),
      onBytes: () => {},
      retryMs: [],
    });
    await expect(work).rejects.toThrow(IntegrityError);
    expect(placed().filter((name) => name.startsWith('library'))).toEqual([]);
    expect(readdirSync(path.join(folder, 'partial'))).toEqual([]);
  });

  it('are not taken from a whole wheel with another hash', async () => {
    await using server = await serve();
    const tampered = Buffer.from(bytes);
    tampered[40] = (tampered[40] ?? 0) ^ 1;
    server.behave({ ranges: false, bytes: tampered });
    await expect(fetch(server.fileUrl)).rejects.toThrow(/is not the wheel that this version of gansweep knows/);
    expect(placed()).toEqual([]);
    expect(readdirSync(path.join(folder, 'partial'))).toEqual([]);
  });

  it('are refused from a wheel that lacks one of them', async () => {
    const poor = smallWheel({ 'thing/library.so': library });
    await using server = await indexServer(pin.file, { bytes: poor.bytes, sha256: null });
    const work = fetchWheel({ ...pin, size: poor.bytes.length }, server.fileUrl, place, {
      env: {},
      partial: path.join(folder, 'partial'),
      onBytes: () => {},
      retryMs: [],
    });
    await expect(work).rejects.toThrow(/does not hold thing\/stored\.raw/);
  });

  it.each([
    ['another length', bytes.subarray(1), DownloadError, /has \d+ bytes, and \d+ are expected/],
    ['what is no archive', Buffer.alloc(bytes.length), IntegrityError, /no zip archive/],
    [
      'a torn directory',
      Buffer.concat([bytes.subarray(0, -31 - 60), Buffer.alloc(60), bytes.subarray(-31)]),
      IntegrityError,
      /torn/,
    ],
  ] as const)('are refused from %s', async (_, sent, kind, words) => {
    await using server = await indexServer(pin.file, { bytes: Buffer.from(sent), sha256: null });
    const failure = await fetch(server.fileUrl).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(kind);
    expect(String(failure)).toMatch(words);
    expect(placed()).toEqual([]);
  });
});
