import { CURVE_NAMES, PROTOCOL_IDS, RUN_STATES } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROUTES, type Route } from './routes.ts';

const routes = Object.entries(ROUTES) as [string, Route][];

describe('the table of routes', () => {
  it('names each method and path once', () => {
    const addresses = routes.map(([, route]) => `${route.method} ${route.path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it.each(routes)('%s declares a schema for each parameter of its path, and for no other', (_, route) => {
    const inPath = [...route.path.matchAll(/:([a-z]+)/gi)].map((match) => match[1]);
    expect(Object.keys(route.params?.shape ?? {})).toEqual(inPath);
  });

  it.each(routes)(
    '%s has schemas that can be written as JSON Schema: the OpenAPI document is whole, and no answer hides a transform',
    (_, route) => {
      for (const schema of [route.params, route.query, route.body])
        if (schema !== undefined) expect(() => z.toJSONSchema(schema, { io: 'input' })).not.toThrow();
      for (const schema of Object.values(route.answers)) expect(() => z.toJSONSchema(schema)).not.toThrow();
    },
  );
});

describe('requests', () => {
  it('refuse ids that are not ours and unknown query keys', () => {
    expect(ROUTES.getRun.params.safeParse({ id: '42' }).success).toBe(false);
    expect(ROUTES.listRuns.query.safeParse({ status: 'queued' }).success).toBe(false);
  });

  it('name what plugins bring: their fields, and their metrics with values', () => {
    const { listTrials, compareSweep, listEvaluations } = ROUTES;
    for (const sort of [
      'focal.gamma',
      '-my-loss.gamma',
      '-plugin:energy?exponent=0.5&pairs=100',
      '-ndb-js-lenet',
      'lrG',
    ])
      expect(listTrials.query.parse({ sort })).toMatchObject({ sort });
    for (const sort of ['focal.', 'plugin:energy?', 'a b', 'lrG,lrD'])
      expect(listTrials.query.safeParse({ sort }).success).toBe(false);
    expect(compareSweep.query.safeParse({ by: 'lrG,my-loss.gamma', metric: 'plugin:energy' }).success).toBe(true);
    expect(compareSweep.query.safeParse({ by: 'a,b,c' }).success).toBe(false);
    const read = (protocol: string) =>
      listEvaluations.answers[200].safeParse({
        items: [{ imagesSeen: 1, protocol, passport: {}, scores: {} }],
        nextCursor: null,
      });
    for (const protocol of [
      ...PROTOCOL_IDS,
      'speed-fid/v1',
      'speed-kid-mine/v1',
      'plugin:energy',
      'plugin:energy?exponent=0.5',
    ])
      expect(read(protocol).success, protocol).toBe(true);
    expect(read('plugin:').success).toBe(false);
  });

  it('read numbers, flags and lists from query text', () => {
    expect(ROUTES.getCurves.query.parse({ names: 'lossD,lossG', maxPoints: '0' })).toEqual({
      names: ['lossD', 'lossG'],
      maxPoints: 0,
    });
    expect(ROUTES.getLogs.query.parse({ follow: 'true' })).toEqual({ follow: true, limit: 50 });
    expect(ROUTES.listRuns.query.safeParse({ limit: '501' }).success).toBe(false);
    expect(ROUTES.getCurves.query.safeParse({ names: 'lossX' }).success).toBe(false);
  });

  it('take one or two parameters to compare by', () => {
    expect(ROUTES.compareSweep.query.safeParse({ by: 'lrG,lrD' }).success).toBe(true);
    expect(ROUTES.compareSweep.query.safeParse({ by: 'lrG,lrD,nz' }).success).toBe(false);
  });
});

describe('answers', () => {
  it('have a place for every curve and every run state of the domain', () => {
    const curves = ROUTES.getCurves.answers[200].parse({ series: {} });
    expect(curves).toEqual({ series: {} });
    expect(Object.keys(ROUTES.getCurves.answers[200].shape.series.shape)).toEqual([...CURVE_NAMES]);
    expect(Object.keys(ROUTES.getSweep.answers[200].shape.counts.shape)).toEqual([...RUN_STATES]);
  });
});
