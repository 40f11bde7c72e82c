import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { ApiProblem, ServiceUnreachable } from './problem-details.ts';

const ID = '017f22e2-79b0-7fc3-98c4-dc0c0c07398f';
const submitted = {
  id: ID,
  name: 'demo',
  state: 'active',
  specHash: 'ab',
  trialCount: 2,
  runCount: 4,
  adoptedRunCount: 0,
};

interface Seen {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}

/** A service that answers everything with one response and remembers what was asked. */
function answering(body: unknown, status = 200): { seen: Seen[]; fetch: typeof globalThis.fetch } {
  const seen: Seen[] = [];
  return {
    seen,
    fetch: async (url, init) => {
      seen.push({
        url: String(url),
        method: init?.method ?? '',
        headers: init?.headers as Record<string, string>,
        body: init?.body,
      });
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
    },
  };
}

describe('the client', () => {
  it('fills the path, puts the rest into the query and sends the token', async () => {
    const { seen, fetch } = answering({ items: [], nextCursor: null });
    const client = createClient({ baseUrl: 'http://host:1/', token: 'secret', fetch });
    await client.listTrials({ id: ID, sort: '-kid-lenet', limit: 3 });
    expect(seen[0]).toMatchObject({
      url: `http://host:1/api/v1/sweeps/${ID}/trials?sort=-kid-lenet&limit=3`,
      method: 'GET',
      headers: { authorization: 'Bearer secret' },
    });
  });

  it('escapes what it puts into a path', async () => {
    const { seen, fetch } = answering({ id: ID, state: 'queued' });
    await createClient({ baseUrl: '', fetch }).retryRun({ id: '../x', body: { fresh: true } });
    expect(seen[0]).toMatchObject({ url: '/api/v1/runs/..%2Fx/retry', body: '{"fresh":true}' });
  });

  it('posts a spec as the text it is, with its media type and key', async () => {
    const { seen, fetch } = answering(submitted, 201);
    const client = createClient({ baseUrl: 'http://h', fetch });
    const sweep = await client.submitSweep({ text: 'name: demo\n', format: 'yaml' }, { idempotencyKey: 'k' });
    expect(sweep).toMatchObject({ id: ID, created: true });
    expect(seen[0]).toMatchObject({
      body: 'name: demo\n',
      headers: { 'content-type': 'application/yaml', 'idempotency-key': 'k' },
    });
  });

  it('says when a submission was known already', async () => {
    const { fetch } = answering(submitted, 200);
    const client = createClient({ baseUrl: 'http://h', fetch });
    expect(await client.submitSweep({ text: '{}', format: 'json' })).toMatchObject({ created: false });
  });

  it('throws problem details as an ApiProblem with every problem of the spec', async () => {
    const problems = [{ path: 'parameters.lrG', message: 'must be above 0' }];
    const { fetch } = answering(
      { type: 'about:blank', title: 'Bad spec', status: 422, code: 'bad-spec', problems },
      422,
    );
    const failure = await createClient({ baseUrl: 'http://h', fetch })
      .previewSweep({ text: '{}', format: 'json' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiProblem);
    expect(failure).toMatchObject({ status: 422, code: 'bad-spec', problems });
  });

  it.each([
    ['an error page of something else', answering('<html>', 502).fetch],
    ['an answer of another shape', answering({ items: 'none' }).fetch],
    ['no answer', (() => Promise.reject(new TypeError('refused'))) as typeof globalThis.fetch],
  ])('throws ServiceUnreachable for %s', async (_, fetch) => {
    await expect(createClient({ baseUrl: 'http://h', fetch }).listRuns()).rejects.toBeInstanceOf(ServiceUnreachable);
  });

  it('yields known events with their ids and skips the others', async () => {
    const worker = { id: ID, host: 'box', state: 'active' };
    const stream = [
      ': hello\n\n',
      `id: 7-1\nevent: worker\ndata: ${JSON.stringify(worker)}\n\n`,
      'id: 7-2\nevent: weather\ndata: {}\n\n',
    ].join('');
    const { seen, fetch } = answering(stream);
    const events = [];
    for await (const event of createClient({ baseUrl: 'http://h', fetch }).events({ lastEventId: '6-9' }))
      events.push(event);
    expect(events).toEqual([{ id: '7-1', type: 'worker', payload: worker }]);
    expect(seen[0]?.headers['last-event-id']).toBe('6-9');
  });
});
