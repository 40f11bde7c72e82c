import { expect, it } from 'vitest';
import { openService, smallSpec } from './open-service.ts';
it('t', async () => {
  const service = await openService();
  const abort = new AbortController();
  await service.client.submitSweep({ text: JSON.stringify(smallSpec({ name: 'first', seeds: [1] })), format: 'json' });
  for await (const e of service.client.events({ signal: abort.signal, lastEventId: '0-0' })) break;
  abort.abort();
  const t = performance.now();
  await service.close1(); console.log('api', performance.now() - t);
  await service.close2(); console.log('doorbell', performance.now() - t);
  await service.close3(); console.log('store', performance.now() - t);
  await service[Symbol.asyncDispose]();
  expect(1).toBe(1);
}, 60000);
