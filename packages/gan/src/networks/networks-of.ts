import { assertNever, type Configuration } from '@gansweep/domain';
import { dcgan } from './dcgan.ts';
import { mlp2d } from './mlp2d.ts';
import type { NetworkPair, SampleShape } from './network.ts';

/** G and D of a configuration for samples of a shape. @throws Error when model and samples do not fit. */
export function networksOf(configuration: Configuration, shape: SampleShape): NetworkPair {
  switch (configuration.model) {
    case 'mlp2d':
      if (shape.kind !== 'plane') throw new Error('mlp2d trains on laws of the plane, not on images');
      return mlp2d(configuration);
    case 'dcgan':
      if (shape.kind !== 'images') throw new Error('dcgan trains on images, not on laws of the plane');
      if (shape.height !== configuration.resolution || shape.width !== configuration.resolution)
        throw new Error(`dcgan at ${configuration.resolution} px got images of ${shape.height}×${shape.width}`);
      return dcgan(configuration, shape);
    default:
      return assertNever(configuration);
  }
}
