import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRODUCTION_TIMERS, readConfig } from './config.ts';

const tokenFile = (text: string): string => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'gansweep-token-')), 'token');
  writeFileSync(file, text);
  return file;
};

describe('readConfig', () => {
  it('gives loopback, port 4100, embedded PostgreSQL and the timers of the protocol when nothing is set', () => {
    expect(readConfig({})).toMatchObject({
      databaseUrl: null,
      redisUrl: null,
      host: '127.0.0.1',
      port: 4100,
      home: path.resolve('.gansweep'),
      artifacts: path.resolve('.gansweep/artifacts'),
      backend: 'auto',
      slots: null,
      evaluationShare: 0.1,
      auth: { kind: 'off' },
      timers: PRODUCTION_TIMERS,
    });
  });

  it('refuses to bind off loopback without a token, and says why', () => {
    expect(() => readConfig({ GANSWEEP_HOST: '0.0.0.0' })).toThrow(
      /GANSWEEP_HOST=0\.0\.0\.0: whoever reaches the API can run code/,
    );
  });

  it('binds off loopback with a token from a file', () => {
    const token = 'a'.repeat(32);
    const config = readConfig({
      GANSWEEP_HOST: '0.0.0.0',
      GANSWEEP_AUTH: 'token',
      GANSWEEP_TOKEN_FILE: tokenFile(`${token}\n`),
    });
    expect(config.auth).toEqual({ kind: 'token', token });
  });

  it.each([
    ['a port that is none', { GANSWEEP_PORT: '70000' }, /GANSWEEP_PORT=70000/],
    ['an unknown backend', { GANSWEEP_BACKEND: 'cuda' }, /GANSWEEP_BACKEND=cuda/],
    ['more than all of the time', { GANSWEEP_EVALUATION_SHARE: '10' }, /GANSWEEP_EVALUATION_SHARE=10/],
    ['no slots', { GANSWEEP_SLOTS: '0' }, /GANSWEEP_SLOTS=0/],
    ['another database', { DATABASE_URL: 'mysql://x/y' }, /DATABASE_URL: not a URL/],
    ['an object store', { GANSWEEP_ARTIFACTS: 's3://bucket' }, /GANSWEEP_ARTIFACTS=s3:\/\/bucket/],
    ['a token without its file', { GANSWEEP_AUTH: 'token' }, /GANSWEEP_TOKEN_FILE must name a file/],
    [
      'a token file that is away',
      { GANSWEEP_AUTH: 'token', GANSWEEP_TOKEN_FILE: '/nowhere/token' },
      /cannot be read \(ENOENT\)/,
    ],
    ['a short token', { GANSWEEP_AUTH: 'token', GANSWEEP_TOKEN_FILE: tokenFile('short') }, /at least 20 characters/],
    ['a lease shorter than three heartbeats', { GANSWEEP_LEASE_MS: '6000' }, /a lease must outlive three heartbeats/],
  ])('refuses %s in one line that names the variable', (_, env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  it('takes an empty variable as unset', () => {
    expect(readConfig({ DATABASE_URL: '', GANSWEEP_PORT: '' })).toMatchObject({ databaseUrl: null, port: 4100 });
  });
});
