import {
  type Configuration,
  factsOf,
  isPluginName,
  learnsPoints,
  type OwnModelName,
  type Side,
} from '@gansweep/domain';
import { conditionWidth } from '../conditions.ts';
import { pluginNetworks } from '../plugins/models.ts';
import { aae } from './aae.ts';
import { cdcgan } from './cdcgan.ts';
import { cgan } from './cgan.ts';
import { dcgan } from './dcgan.ts';
import { dcganMax } from './dcgan-max.ts';
import { mlp2d } from './mlp2d.ts';
import type { Network, Networks, SampleShape } from './network.ts';
import { stylegan } from './stylegan.ts';
import { stylegan2 } from './stylegan2.ts';
import { stylegan3 } from './stylegan3.ts';

/** How the networks of each model are built; `channels` of its images, 0 for points, and how many numbers it is told of each sample: a class is one of as many. */
const BUILDERS: {
  readonly [Model in OwnModelName]: (
    configuration: Extract<Configuration, { model: Model }>,
    samples: { readonly channels: number; readonly classes: number },
  ) => Networks;
} = {
  mlp2d,
  dcgan,
  'dcgan-lab': dcgan,
  'dcgan-max': dcganMax,
  aae,
  cdcgan,
  cgan,
  stylegan: (configuration, samples) => stylegan({ ...configuration, ...samples }),
  stylegan2: (configuration, samples) => stylegan2({ ...configuration, ...samples }),
  stylegan3: (configuration, samples) => stylegan3({ ...configuration, ...samples }),
};

/** The networks of a configuration for samples of a shape. @throws Error when model and samples do not fit. */
export function networksOf(configuration: Configuration, shape: SampleShape): Networks {
  checkSamples(configuration, shape);
  const { model } = configuration;
  if (isPluginName(model))
    return pluginNetworks(model, configuration, {
      channels: shape.kind === 'images' ? shape.channels : 0,
      classes: conditionWidth(configuration, shape),
    });
  const build = BUILDERS[model] as (
    configuration: Configuration,
    samples: { readonly channels: number; readonly classes: number },
  ) => Networks;
  return build(configuration, {
    channels: shape.kind === 'images' ? shape.channels : 0,
    classes: conditionWidth(configuration, shape),
  });
}

/** The same by their letters: G, D, and E where there is one. */
export function networksBySide(configuration: Configuration, shape: SampleShape): ReadonlyMap<Side, Network> {
  const { generator, discriminator, encoder } = networksOf(configuration, shape);
  const networks = new Map<Side, Network>([
    ['G', generator],
    ['D', discriminator],
  ]);
  return encoder ? networks.set('E', encoder) : networks;
}

function checkSamples(configuration: Configuration, shape: SampleShape): void {
  const { model } = configuration;
  const { learns, sizes } = factsOf(model);
  if (shape.kind === 'plane') {
    if (learns !== 'points') throw new Error(`${model} trains on images, not on laws of the plane`);
    return;
  }
  if (learnsPoints(configuration)) throw new Error(`${model} trains on laws of the plane, not on images`);
  const { resolution } = configuration;
  if (sizes && !sizes.holds(resolution)) throw new RangeError(`${model} wants ${sizes.doc} px, not ${resolution}`);
  if (shape.height !== resolution || shape.width !== resolution)
    throw new Error(`${model} at ${resolution} px got images of ${shape.height}×${shape.width}`);
}
