import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { standardBackendHome } from './backend-home.ts';

describe('the folder of installed backends', () => {
  it.each([
    ['linux', {}, '/home/ada/.local/share/gansweep/backends'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/gansweep/backends'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/home/ada/Library/Application Support/gansweep/backends'],
    ['win32', { LOCALAPPDATA: '/home/ada/local' }, '/home/ada/local/gansweep/backends'],
  ] as const)('is where %s with %j keeps data of its user', (platform, env, expected) => {
    expect(standardBackendHome({ platform, env, home: '/home/ada' })).toBe(path.resolve(expected));
  });
});
