import type { AaeConfiguration } from '@gansweep/domain';
import { wideGenerator, wideTrunk } from './dcgan-max.ts';
import type { Networks } from './network.ts';

/**
 * Adversarial auto-encoder of the layers of `dcgan-max`: its G decodes, and E has the layers of its D with `nz` linear
 * outputs.
 * @see the published code of GAN-SDPC (G. Lucas)
 */
export function aae(configuration: AaeConfiguration, { channels }: { readonly channels: number }): Networks {
  const { nz, spectralNorm } = configuration;
  return {
    generator: wideGenerator(configuration, { channels }),
    discriminator: wideTrunk(configuration, { channels, outputs: 1, spectral: spectralNorm }),
    encoder: wideTrunk(configuration, { channels, outputs: nz, spectral: false }),
  };
}
