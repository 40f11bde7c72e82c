import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpGet } from './http-get.ts';
import { proxyFor } from './proxy.ts';

async function serving(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(address: string, env = {}): Promise<string> {
  const { body } = await httpGet(address, { env });
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a GET', () => {
  it('follows redirects and gives credentials to their own origin only', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await serving((request, response) => {
      seen.push(request.headers.authorization);
      response.end('there');
    });
    await using first = await serving((request, response) => {
      seen.push(request.headers.authorization);
      const target = request.url === '/near' ? '/far' : `${other.origin}/file`;
      response.writeHead(302, { location: target }).end();
    });
    expect(await textOf(first.origin.replace('//', '//ada:s%20ecret@').concat('/near'))).toBe('there');
    const credentials = `Basic ${Buffer.from('ada:s ecret').toString('base64')}`;
    expect(seen).toEqual([credentials, credentials, undefined]);
  });

  it('does not follow redirects without end', async () => {
    await using server = await serving((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(httpGet(server.origin, { env: {} })).rejects.toThrow(/redirects more than 5 times/);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x'])(
    'does not go to %s, also not by a redirect',
    async (location) => {
      await using server = await serving((_, response) => response.writeHead(302, { location }).end());
      await expect(httpGet(location, { env: {} })).rejects.toThrow(/only http and https/);
      await expect(httpGet(server.origin, { env: {} })).rejects.toThrow(/only http and https/);
    },
  );

  it('gives up a server that never answers', async () => {
    const sockets: { destroy(): void }[] = [];
    const silent = createSocketServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(httpGet(address, { env: {}, answerMs: 200 })).rejects.toThrow(/does not answer within/);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('gives up a server that stops in the middle', async () => {
    await using server = await serving((_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('five.');
    });
    const { body } = await httpGet(server.origin, { env: {}, idleMs: 200 });
    const read = async () => {
      for await (const _ of body);
    };
    await expect(read()).rejects.toThrow(/stopped sending/);
  });

  it('goes through the proxy of the environment, with its credentials', async () => {
    await using proxy = await serving((request, response) => {
      response.end(`${request.url} ${request.headers['proxy-authorization']}`);
    });
    const env = { HTTP_PROXY: proxy.origin.replace('//', '//ada:secret@') };
    expect(await textOf('http://elsewhere.example/file', env)).toBe(
      `http://elsewhere.example/file Basic ${Buffer.from('ada:secret').toString('base64')}`,
    );
  });

  it('asks a proxy for a tunnel to what is https, and says when it refuses', async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const env = { https_proxy: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    await expect(httpGet('https://elsewhere.example/file', { env })).rejects.toThrow(
      /refuses elsewhere\.example \(407\)/,
    );
    expect(asked).toEqual(['elsewhere.example:443']);
    proxy.close();
  });
});

describe('the proxy for an address', () => {
  const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'inside.example, .lab.example' };
  it.each([
    ['https://elsewhere.example/', 'http://proxy:3128/'],
    ['https://inside.example/', null],
    ['https://a.lab.example/', null],
    ['https://127.0.0.1/', null],
    ['http://elsewhere.example/', null],
  ])('of %s is %s', (address, expected) => {
    expect(proxyFor(new URL(address), env)?.href ?? null).toBe(expected);
  });

  it('must be an address', () => {
    expect(() => proxyFor(new URL('https://elsewhere.example'), { HTTPS_PROXY: 'socks5://x' })).toThrow(
      /mend HTTPS_PROXY/,
    );
  });
});
