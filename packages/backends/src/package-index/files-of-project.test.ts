import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { indexServer } from '../../test/index-server.ts';
import { filesOfProject } from './files-of-project.ts';

const HASH = 'ab'.repeat(32);
const FILE = 'thing-1.0-py3-none-any.whl';
const serve = (sha256: string | null = HASH) => indexServer(FILE, { bytes: Buffer.from('x'), sha256 });

async function answering(status: number, type: string, body: string) {
  const server = createServer((_, response) => response.writeHead(status, { 'content-type': type }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a package index', () => {
  it.each(['json', 'html'] as const)('tells name, address and hash of a file as %s', async (page) => {
    await using server = await serve();
    server.behave({ page });
    expect(await filesOfProject('Thing', server.indexUrl, { env: {} })).toEqual([
      { name: FILE, url: server.fileUrl, sha256: HASH },
    ]);
  });

  it.each(['json', 'html'] as const)('may leave the hash out as %s', async (page) => {
    await using server = await serve(null);
    server.behave({ page });
    expect(await filesOfProject('thing', server.indexUrl, { env: {} })).toEqual([
      { name: FILE, url: server.fileUrl, sha256: null },
    ]);
  });

  it('is asked for the normal form of a name, below the path of its address', async () => {
    await using server = await serve();
    await expect(filesOfProject('No_Such..Thing', `${server.indexUrl}/`, { env: {} })).rejects.toThrow(
      /does not have No_Such\.\.Thing/,
    );
    expect(server.asked).toEqual(['GET /simple/no-such-thing/']);
  });

  it.each([
    [200, 'application/json', '{"files": 3}', /does not answer as a Python package index does/],
    [200, 'application/json', '{', /does not answer as a Python package index does/],
    [200, 'text/plain', 'hello', /does not answer as a Python package index does/],
    [503, 'text/html', '', /answers 503 for thing/],
    [401, 'text/html', '', /answers 401 for thing: it wants other credentials/],
  ])('that answers %i with %s %j is a sentence', async (status, type, body, words) => {
    await using server = await answering(status, type, body);
    await expect(filesOfProject('thing', server.url, { env: {} })).rejects.toThrow(words);
  });

  it('that is away is a sentence without the credentials of its address', async () => {
    const failure = await filesOfProject('thing', 'http://ada:secret@127.0.0.1:1/simple', { env: {} }).catch(String);
    expect(failure).toMatch(/127\.0\.0\.1:1 cannot be reached/);
    expect(failure).not.toMatch(/secret/);
  });
});
