import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A package index with one project on loopback, and how it misbehaves. */
export interface IndexServer extends AsyncDisposable {
  /** Of the simple interface. */
  readonly indexUrl: string;
  readonly fileUrl: string;
  /** `GET /files/… bytes=0-9`, in order. */
  readonly asked: readonly string[];
  /** Bytes of wheels that left it. */
  readonly sent: () => number;
  /** Changes what it does from now on. */
  behave(behaviour: Partial<Behaviour>): void;
}

export interface Behaviour {
  readonly ranges: boolean;
  /** Ends answers that begin before `breaksBefore` after so many bytes, and the connection with them. */
  readonly breaksAfter: number;
  readonly breaksBefore: number;
  /** Sends no more than that of such answers, together, from the change of behaviour on. */
  readonly stopsAfter: number;
  readonly page: 'json' | 'html';
  readonly bytes: Buffer;
  readonly sha256: string | null;
}

export async function indexServer(file: string, start: Pick<Behaviour, 'bytes' | 'sha256'>): Promise<IndexServer> {
  let behaviour: Behaviour = {
    ranges: true,
    breaksAfter: Number.POSITIVE_INFINITY,
    breaksBefore: Number.POSITIVE_INFINITY,
    stopsAfter: Number.POSITIVE_INFINITY,
    page: 'json',
    ...start,
  };
  const asked: string[] = [];
  let sent = 0;
  let broken = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    if (request.url === '/simple/thing/') return page(response);
    if (request.url === `/files/${file}`) return wheel(request, response);
    response.writeHead(404).end();
  });
  const page = (response: ServerResponse): void => {
    const { sha256 } = behaviour;
    if (behaviour.page === 'json') {
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
      const hashes = sha256 === null ? {} : { sha256 };
      response.end(
        JSON.stringify({
          meta: { 'api-version': '1.1' },
          files: [{ filename: file, url: `../../files/${file}`, hashes }],
        }),
      );
    } else {
      response.setHeader('content-type', 'text/html');
      const hash = sha256 === null ? '' : `#sha256=${sha256}`;
      response.end(
        `<!DOCTYPE html><html><body><a href="../../files/${file}${hash}" data-requires-python="&gt;=3.9">${file}</a><br/></body></html>`,
      );
    }
  };
  const wheel = (request: IncomingMessage, response: ServerResponse): void => {
    const { bytes, ranges, breaksAfter, breaksBefore, stopsAfter } = behaviour;
    const range = ranges ? /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') : null;
    const [start, end] = range ? [Number(range[1]), Number(range[2]) + 1] : [0, bytes.length];
    const part = bytes.subarray(start, end);
    response.writeHead(range ? 206 : 200, {
      'content-length': part.length,
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
    });
    const going =
      start < breaksBefore ? part.subarray(0, Math.min(breaksAfter, Math.max(stopsAfter - broken, 0))) : part;
    sent += going.length;
    if (start < breaksBefore) broken += going.length;
    if (going.length === part.length) response.end(going);
    else response.write(going, () => response.socket?.destroy());
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    indexUrl: `${origin}/simple`,
    fileUrl: `${origin}/files/${file}`,
    asked,
    sent: () => sent,
    behave: (change) => {
      behaviour = { ...behaviour, ...change };
      broken = 0;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
