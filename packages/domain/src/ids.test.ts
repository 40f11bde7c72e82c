import { describe, expect, it } from 'vitest';
import { isUuidV7, uuidV7 } from './ids.ts';

describe('uuidV7', () => {
  it('writes time, version and variant where RFC 9562 puts them', () => {
    const random = Uint8Array.from([0xff, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    // The example of RFC 9562, appendix A.6 has the same time; the random bits here are ours.
    expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7fc3-98c4-dc0c0c07398f');
  });

  it('sorts by time', () => {
    const random = new Uint8Array(10);
    expect(uuidV7(1_000, random) < uuidV7(1_001, random)).toBe(true);
  });

  it('tells its own form from others', () => {
    expect(isUuidV7(uuidV7(1, new Uint8Array(10)))).toBe(true);
    expect(isUuidV7('017f22e2-79b0-4fc3-98c4-dc0c0c07398f')).toBe(false);
    expect(isUuidV7('1')).toBe(false);
  });
});
