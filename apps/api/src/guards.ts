import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '@gansweep/runtime';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problems.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `open` routes answer without a token also where the others need one. */
    auth?: 'token' | 'open';
  }
}

/**
 * Refuses what a page of another site could make a browser send: unknown host names (DNS rebinding) and unsafe requests
 * from elsewhere; and, where a token is asked for, every request without it. A route is closed unless it says `open`.
 */
export function addGuards(app: FastifyInstance, config: Pick<Config, 'auth' | 'host'>): void {
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
      if (!sameText(sent, config.auth.token))
        throw new Problem('unauthorized', 'send the header Authorization: Bearer <token>');
    }
  });
}

/** Compares in a time that does not tell where two texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
