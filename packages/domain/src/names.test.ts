import { describe, expect, it } from 'vitest';
import { IMAGE_SETS, PLANE_LAWS } from './datasets.ts';
import {
  defaultProtocolsFor,
  defaultScoreFor,
  extractorOf,
  featureFamilyOf,
  isDefinedOn,
  isProtocolId,
  PROTOCOL_IDS,
  PROTOCOL_SCORES,
  protocolsFor,
  registeredExtractorOf,
  scoresOf,
} from './names.ts';
import { isRecordProtocol, scoresBehind } from './record-protocols.ts';
import { scoreFacts } from './score-facts.ts';

describe('protocols', () => {
  it('of modes are on laws with separate modes only, and those of features on images only', () => {
    expect(defaultProtocolsFor('ring8')).toEqual(['density2d/v1', 'modes2d/v1', 'points2d/v1']);
    expect(defaultProtocolsFor('gaussians')).toEqual(['density2d/v1', 'points2d/v1']);
    const ofModes = ['modes2d/v1', 'mode-counts2d/v1'] as const;
    expect(protocolsFor('ring8')).toEqual(expect.arrayContaining([...ofModes]));
    for (const id of ofModes) expect(protocolsFor('gaussians')).not.toContain(id);
    expect(protocolsFor('mnist')).toEqual(
      expect.arrayContaining(['kid-lenet/v1', 'is-lenet/v1', 'ndb-random/v1', 'swd/v1']),
    );
    expect(protocolsFor('mnist')).not.toContain('density2d/v1');
  });

  it('by default are few, and give the score that a sweep is judged by', () => {
    expect(defaultProtocolsFor('mnist')).toEqual(['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1']);
    for (const dataset of [...PLANE_LAWS, ...IMAGE_SETS]) {
      const defaults = defaultProtocolsFor(dataset);
      expect(protocolsFor(dataset), dataset).toEqual(expect.arrayContaining([...defaults]));
      expect(defaults.flatMap(scoresOf)).toContain(defaultScoreFor(dataset));
    }
  });

  it('each have a data set, and every score has one protocol', () => {
    const known = (['grid25', 'mnist', 'stacked-mnist'] as const).flatMap(protocolsFor);
    expect(new Set(known)).toEqual(new Set(PROTOCOL_IDS));
    expect(protocolsFor('mnist')).not.toContain('modes-lenet/v1');
    expect(protocolsFor('stacked-mnist')).not.toContain('kid-lenet/v1');
    const scores = PROTOCOL_IDS.flatMap((id) => PROTOCOL_SCORES[id]);
    expect(new Set(scores).size).toBe(scores.length);
  });

  it('give scores that can be told to people, those of other extractors too', () => {
    for (const name of [...PROTOCOL_IDS.flatMap(scoresOf), ...scoresOf('prdc-mine/v1'), 'fid', 'speed-fid']) {
      const facts = scoreFacts(name);
      expect(facts?.doc.length, name).toBeGreaterThan(10);
    }
    expect(scoreFacts('kid-mine')).toMatchObject({
      better: 'lower',
      doc: expect.stringContaining('as mine sees them'),
    });
    expect(scoreFacts('fd-points')).toMatchObject({ doc: 'Fréchet distance of generated and real points' });
    expect(scoreFacts('speed-js')).toMatchObject({ unit: 'images', doc: expect.stringContaining('until js first') });
    expect([scoreFacts('plugin:sharpness'), scoreFacts('constructor')]).toEqual([null, null]);
  });

  it('of speed are of every distance that an extractor or the plane gives, and name what they look back at', () => {
    expect(protocolsFor('mnist')).toContain('speed-kid-lenet/v1');
    expect(scoresOf('speed-kid-lenet/v1')).toEqual(['speed-kid-lenet']);
    expect(isDefinedOn('speed-kid-mine/v1', 'fractal')).toBe(true);
    expect([registeredExtractorOf('speed-kid-mine/v1'), scoresOf('speed-kid-mine/v1')]).toEqual([
      'mine',
      ['speed-kid-mine'],
    ]);
    expect(scoresOf('speed-fid/v1')).toEqual(['speed-fid']);
    for (const id of ['speed-ndb-lenet/v1', 'speed-ndb-mine/v1', 'speed-/v1', 'speed-kid/v1', 'speed-swd/v1'])
      expect(isProtocolId(id), id).toBe(false);
    expect(isDefinedOn('speed-js/v1', 'mnist')).toBe(false);
    const looking = PROTOCOL_IDS.filter((id) => scoresBehind(id) !== null);
    expect(looking).toHaveLength(9);
    for (const id of looking) {
      const { protocol, scores } = scoresBehind(id) ?? { protocol: '', scores: [] };
      expect(isRecordProtocol(id), id).toBe(true);
      expect(isProtocolId(protocol) && scoresOf(protocol), id).toEqual(expect.arrayContaining([...scores]));
    }
  });

  it('say which features they compare, and how', () => {
    expect([extractorOf('prdc-pixels/v1'), featureFamilyOf('prdc-pixels/v1')]).toEqual(['pixels', 'prdc']);
    expect([extractorOf('is-lenet/v1'), featureFamilyOf('is-lenet/v1')]).toEqual(['lenet', null]);
    expect([extractorOf('swd/v1'), featureFamilyOf('swd/v1')]).toEqual([null, null]);
    expect(PROTOCOL_SCORES['ndb-random/v1']).toEqual(['ndb-random', 'ndb-js-random']);
  });
});
