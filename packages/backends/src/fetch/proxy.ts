import { request as plainRequest } from 'node:http';
import { request as securedRequest } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { DownloadError } from './download-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY (in either case) name for an address, or null. */
export function proxyFor(target: URL, env: Environment): URL | null {
  const named = (name: string): string => env[name.toLowerCase()] || env[name] || '';
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return null;
  const spared = named('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().replace(/^\*?\./, ''))
    .filter((entry) => entry !== '');
  if (spared.some((entry) => entry === '*' || host === entry || host.endsWith(`.${entry}`))) return null;
  const text = named(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || named('ALL_PROXY');
  if (text === '') return null;
  const given = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw new DownloadError('the proxy that the environment names is not an http or https address; mend HTTPS_PROXY');
  return new URL(given);
}

/** A TLS connection to the target through a proxy's tunnel. */
export function tunnel(proxy: URL, target: URL, timeoutMs: number): Promise<Socket> {
  const place = `${target.hostname}:${target.port || 443}`;
  const request = proxy.protocol === 'https:' ? securedRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      path: place,
      headers: { host: place, ...proxyHeaders(proxy) },
      timeout: timeoutMs,
      agent: false,
    });
    asked.once('timeout', () => asked.destroy(new DownloadError(`the proxy ${proxy.host} does not answer`)));
    asked.once('error', reject);
    asked.once('connect', ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        reject(new DownloadError(`the proxy ${proxy.host} refuses ${target.hostname} (${statusCode})`));
        return;
      }
      const secured = connect({ socket, servername: target.hostname, ALPNProtocols: ['http/1.1'] });
      secured.once('secureConnect', () => resolve(secured));
      secured.once('error', reject);
    });
    asked.end();
  });
}

/** Credentials of the proxy's address. */
export function proxyHeaders(proxy: URL): Readonly<Record<string, string>> {
  return proxy.username === '' ? {} : { 'proxy-authorization': basicCredentials(proxy) };
}

export function basicCredentials({ username, password }: URL): string {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}
