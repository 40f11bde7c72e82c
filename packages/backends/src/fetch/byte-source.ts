import { createReadStream, statSync } from 'node:fs';
import { DownloadError } from './download-error.ts';
import { explained, type GetOptions, httpGet } from './http-get.ts';

/** Bytes that can be read from any position: a file, or an address whose server offers ranges. */
export interface ByteSource {
  readonly size: number;
  /** Bytes `start` (with) to `end` (without). Throws DownloadError when it ends early. */
  read(start: number, end: number): AsyncIterable<Buffer>;
}

export function fileSource(file: string): ByteSource {
  return {
    size: statSync(file).size,
    read: (start, end) => (end <= start ? nothing() : createReadStream(file, { start, end: end - 1 })),
  };
}

/**
 * An address of a known size, read in ranges; null when its server offers none.
 * @throws DownloadError when it does not answer, or has another size.
 */
export async function rangedSource(address: string, size: number, options: GetOptions): Promise<ByteSource | null> {
  const { status, headers, body, url } = await httpGet(address, {
    ...options,
    headers: { range: `bytes=${size - 1}-${size - 1}` },
  });
  body.destroy();
  if (status === 200) return null;
  if (status !== 206) throw new DownloadError(`${url.host} answers ${status} for ${fileName(url)}`);
  checkTotal(headers['content-range'], size, url);
  return { size, read: (start, end) => (end <= start ? nothing() : readRange(address, { start, end, size }, options)) };
}

async function* readRange(
  address: string,
  { start, end, size }: { readonly start: number; readonly end: number; readonly size: number },
  options: GetOptions,
): AsyncGenerator<Buffer> {
  const { status, headers, body, url } = await httpGet(address, {
    ...options,
    headers: { range: `bytes=${start}-${end - 1}` },
  });
  let got = 0;
  try {
    if (status !== 206) throw new DownloadError(`${url.host} answers ${status} for a part of ${fileName(url)}`);
    checkTotal(headers['content-range'], size, url);
    if (!headers['content-range']?.startsWith(`bytes ${start}-`))
      throw new DownloadError(`${url.host} sends another part of ${fileName(url)} than was asked for`);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      got += chunk.length;
      if (got > end - start) throw new DownloadError(`${url.host} sends more of ${fileName(url)} than was asked for`);
      yield chunk;
    }
  } catch (error) {
    throw explained(error, url);
  } finally {
    body.destroy();
  }
  if (got < end - start) throw new DownloadError(`${url.host} broke off in the middle of ${fileName(url)}`);
}

/** Reads a small piece whole. */
export async function readAll(source: ByteSource, start: number, end: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read(start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function checkTotal(range: string | undefined, size: number, url: URL): void {
  const total = Number(range?.split('/')[1]);
  if (total !== size)
    throw new DownloadError(`${fileName(url)} at ${url.host} has ${total} bytes, and ${size} are expected`);
}

const fileName = (url: URL): string => decodeURIComponent(url.pathname.split('/').at(-1) ?? '');

async function* nothing(): AsyncGenerator<Buffer> {}
