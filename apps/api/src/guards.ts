import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '@gansweep/runtime';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problems.ts';
import { rateLimit } from './rate-limit.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Requests with a wrong token, of each address. */
const GUESSES = { perSecond: 5, burst: 10 } as const;
/** Requests with the token that change something. */
const CHANGES = { perSecond: 50, burst: 100 } as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open` routes answer without a token also where the others need one. */
    auth?: 'token' | 'open';
  }
}

/**
 * Refuses what a page of another site could make a browser send: unknown host names (DNS rebinding) and unsafe requests
 * from elsewhere; and, where a token is asked for, every request without it, and too many of them. A route is closed
 * unless it says `open`.
 * @param seconds monotonic clock.
 */
export function addGuards(
  app: FastifyInstance,
  config: Pick<Config, 'auth' | 'host'>,
  seconds: () => number = () => performance.now() / 1000,
): void {
  const [guesses, changes] = [rateLimit(GUESSES, seconds), rateLimit(CHANGES, seconds)];
  const names = new Set([...LOOPBACK_NAMES, config.host.toLowerCase()]);
  app.addHook('onRequest', async (request) => {
    // Behind a token a foreign page gets nowhere, and a proxy may serve any name.
    if (config.auth.kind === 'off') {
      const host = request.headers.host ?? '';
      if (!names.has(host.replace(/:\d+$/, '').toLowerCase()))
        throw new Problem(
          'forbidden-host',
          `'${host.slice(0, 100)}' is not a name of this service: use http://127.0.0.1`,
        );
    }
    if (!SAFE_METHODS.has(request.method)) {
      const { origin, 'sec-fetch-site': site } = request.headers;
      const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.headers.host);
      if (foreign || site === 'cross-site' || site === 'same-site') throw new Problem('forbidden-origin');
    }
    if (config.auth.kind === 'token' && request.routeOptions.config.auth !== 'open') {
      const sent = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if (!sameText(sent, config.auth.token)) {
        // Without any, the answer costs no more than a refusal would.
        if (sent !== '' && !guesses.take(request.ip))
          throw new Problem('too-many-requests', 'too many wrong tokens: wait a second');
        throw new Problem('unauthorized', 'send the header Authorization: Bearer <token>');
      }
      if (!SAFE_METHODS.has(request.method) && !changes.take('token'))
        throw new Problem(
          'too-many-requests',
          `more than ${CHANGES.perSecond} changes a second by this token: wait a second`,
        );
    }
  });
}

/** Compares in a time that does not tell where two texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
