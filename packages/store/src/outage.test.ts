import { describe, expect, it } from 'vitest';
import { retryOnOutage } from './outage.ts';

const failure = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });

describe('retryOnOutage', () => {
  it.each(['ECONNREFUSED', '57P01', '40P01'])('asks again after %s', async (code) => {
    let calls = 0;
    const answer = await retryOnOutage(async () => {
      calls++;
      if (calls < 3) throw failure(code);
      return 'done';
    });
    expect({ answer, calls }).toEqual({ answer: 'done', calls: 3 });
  });

  it.each(['23505', '42883', '57014'])('passes %s on at once: asking again would not help', async (code) => {
    let calls = 0;
    const asked = retryOnOutage(async () => {
      calls++;
      throw failure(code);
    });
    await expect(asked).rejects.toMatchObject({ code });
    expect(calls).toBe(1);
  });
});
