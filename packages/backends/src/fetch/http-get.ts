import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as securedRequest } from 'node:https';
import { DownloadError } from './download-error.ts';
import { basicCredentials, type Environment, proxyFor, proxyHeaders, tunnel } from './proxy.ts';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'HEAD';
  /** Names the proxy. */
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** For the connection and the first line of the answer; a firewall that drops packets costs no more. */
  readonly answerMs?: number;
  /** Between two pieces of the body. */
  readonly idleMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Fails with a DownloadError when it ends early or stalls. Read it or destroy it. */
  readonly body: IncomingMessage;
  /** Where it came from after redirects. */
  readonly url: URL;
}

const REDIRECTS = 5;
const ANSWER_MS = 20_000;
const IDLE_MS = 30_000;

/**
 * One GET that follows redirects, goes through the environment's proxy and never waits for ever. Credentials in an address
 * are sent to its own origin only and named in no message; from https it never goes to http.
 * @throws DownloadError when there is no answer. Any status is an answer.
 */
export async function httpGet(address: string | URL, options: GetOptions): Promise<Answer> {
  let url = new URL(address);
  const first = url;
  for (let redirects = 0; ; redirects++) {
    const body = await ask(url, first, options);
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    if (status < 300 || status > 399 || location === undefined) return { status, headers: body.headers, body, url };
    body.destroy();
    if (redirects === REDIRECTS) throw new DownloadError(`${first.host} redirects more than ${REDIRECTS} times`);
    if (!URL.canParse(location, url.href)) throw new DownloadError(`${url.host} redirects to what is no address`);
    const next = new URL(location, url);
    if (url.protocol === 'https:' && next.protocol !== 'https:')
      throw new DownloadError(`${url.host} redirects from https to ${next.protocol}//${next.host}; not followed`);
    url = next;
  }
}

async function ask(url: URL, first: URL, options: GetOptions): Promise<IncomingMessage> {
  const { method = 'GET', answerMs = ANSWER_MS, idleMs = IDLE_MS, env, signal } = options;
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new DownloadError(`${url.protocol}//${url.host}: only http and https are fetched`);
  const proxy = proxyFor(url, env);
  const headers: Record<string, string> = {
    'accept-encoding': 'identity',
    'user-agent': 'gansweep',
    ...options.headers,
  };
  const credentials = url.username !== '' ? url : url.origin === first.origin ? first : null;
  if (credentials && credentials.username !== '') headers.authorization = basicCredentials(credentials);
  const chosen: RequestOptions = {
    method,
    headers,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    ...(signal ? { signal } : {}),
  };
  try {
    if (proxy && url.protocol === 'https:') {
      const socket = await tunnel(proxy, url, answerMs);
      return await answer(
        securedRequest({ ...chosen, createConnection: () => socket, agent: false }),
        url,
        answerMs,
        idleMs,
      );
    }
    if (proxy)
      return await answer(
        plainRequest({
          ...chosen,
          host: proxy.hostname,
          port: proxy.port || 80,
          path: `${url.origin}${url.pathname}${url.search}`,
          headers: { ...headers, host: url.host, ...proxyHeaders(proxy) },
        }),
        url,
        answerMs,
        idleMs,
      );
    return await answer((url.protocol === 'https:' ? securedRequest : plainRequest)(chosen), url, answerMs, idleMs);
  } catch (error) {
    throw explained(error, url);
  }
}

function answer(
  request: ReturnType<typeof plainRequest>,
  url: URL,
  answerMs: number,
  idleMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => request.destroy(new DownloadError(`${url.host} does not answer within ${Math.round(answerMs / 1000)} s`)),
      answerMs,
    );
    request.once('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    request.once('response', (message) => {
      clearTimeout(late);
      message.setTimeout(idleMs, () => message.destroy(new DownloadError(`${url.host} stopped sending`)));
      resolve(message);
    });
    request.end();
  });
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

/** What the network said, in a sentence about the host alone. */
export function explained(error: unknown, url: URL): unknown {
  if (error instanceof DownloadError || !(error instanceof Error)) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error.name === 'AbortError') return error;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new DownloadError(`${url.hostname} is not known here (${code})`);
  if (CERTIFICATE.test(code))
    return new DownloadError(
      `the certificate of ${url.host} is not trusted (${code}); NODE_EXTRA_CA_CERTS names a file with your authority's`,
    );
  return new DownloadError(`${url.host} cannot be reached or broke off (${code || error.message})`);
}
