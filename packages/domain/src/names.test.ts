import { expect, it } from 'vitest';
import { PROTOCOL_IDS, protocolsFor } from './names.ts';

it('offers modes on laws with separate modes only, and feature scores on images only', () => {
  expect(protocolsFor('ring8')).toEqual(['density2d/v1', 'modes2d/v1', 'points2d/v1']);
  expect(protocolsFor('gaussians')).toEqual(['density2d/v1', 'points2d/v1']);
  expect(protocolsFor('mnist')).toEqual(['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1']);
});

it('leaves no protocol without a data set', () => {
  expect(new Set([...protocolsFor('grid25'), ...protocolsFor('mnist')])).toEqual(new Set(PROTOCOL_IDS));
});
