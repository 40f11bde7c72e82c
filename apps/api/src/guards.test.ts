import Fastify, { type FastifyInstance } from 'fastify';
import { expect, it } from 'vitest';
import { addGuards } from './guards.ts';
import { problemOf, sendProblem } from './problems.ts';

const TOKEN = 'right';

function guarded(auth: Parameters<typeof addGuards>[1]['auth'], seconds: () => number): FastifyInstance {
  const app = Fastify() as unknown as FastifyInstance;
  app.setErrorHandler((error: Error, request, reply) => sendProblem(reply, request, problemOf(error)));
  addGuards(app, { auth, host: '127.0.0.1' }, seconds);
  const answer = async () => ({});
  app.get('/', answer);
  app.post('/', answer);
  return app;
}

async function statuses(
  app: FastifyInstance,
  count: number,
  method: 'GET' | 'POST',
  token: string | null,
  ip = '1.2.3.4',
) {
  const found: Record<number, number> = {};
  for (let i = 0; i < count; i++) {
    const headers = { host: 'localhost', ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
    const { statusCode } = await app.inject({ method, url: '/', headers, remoteAddress: ip });
    found[statusCode] = (found[statusCode] ?? 0) + 1;
  }
  return found;
}

it('whoever guesses tokens is held up by address, and nobody else', async () => {
  let now = 0;
  const app = guarded({ kind: 'token', token: TOKEN }, () => now);
  expect(await statuses(app, 15, 'GET', 'wrong')).toEqual({ 401: 10, 429: 5 });
  expect(await statuses(app, 15, 'GET', null)).toEqual({ 401: 15 });
  expect(await statuses(app, 2, 'GET', 'wrong', '5.6.7.8')).toEqual({ 401: 2 });
  expect(await statuses(app, 20, 'GET', TOKEN)).toEqual({ 200: 20 });
  now = 1;
  expect(await statuses(app, 10, 'GET', 'wrong')).toEqual({ 401: 5, 429: 5 });
});

it('a token changes things a hundred times at once and fifty times a second after that, and reads as it likes', async () => {
  let now = 0;
  const app = guarded({ kind: 'token', token: TOKEN }, () => now);
  expect(await statuses(app, 130, 'POST', TOKEN)).toEqual({ 200: 100, 429: 30 });
  expect(await statuses(app, 150, 'GET', TOKEN)).toEqual({ 200: 150 });
  now = 0.5;
  expect(await statuses(app, 30, 'POST', TOKEN)).toEqual({ 200: 25, 429: 5 });
  const { headers } = await app.inject({ method: 'POST', url: '/', headers: { authorization: `Bearer ${TOKEN}` } });
  expect(headers['retry-after']).toBe('1');
});

it('nobody is held up where there is no token, on the machine itself', async () => {
  const app = guarded({ kind: 'off' }, () => 0);
  expect(await statuses(app, 150, 'POST', null)).toEqual({ 200: 150 });
});
