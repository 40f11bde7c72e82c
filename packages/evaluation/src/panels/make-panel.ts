import { PANEL_NAMES, type PanelName } from '@gansweep/domain';
import { encodePng } from '../render/encode-png.ts';
import { dResponse } from './d-response.ts';
import { dSurface } from './d-surface.ts';
import { fixedNoise } from './fixed-noise.ts';
import { gManifold } from './g-manifold.ts';
import { interpolation, lerp, slerp } from './interpolation.ts';
import { latentCorrespondence } from './latent-correspondence.ts';
import type { PanelMaker } from './panel.ts';
import type { PanelSubject } from './panel-subject.ts';
import { reconstructions } from './reconstructions.ts';
import { styleMixing, truncation } from './styles.ts';

const MAKERS: Readonly<Record<PanelName, PanelMaker>> = {
  'd-surface': dSurface,
  'g-manifold': gManifold,
  'fixed-noise': fixedNoise,
  lerp: interpolation(lerp),
  slerp: interpolation(slerp),
  reconstructions,
  truncation,
  'style-mixing': styleMixing,
  'latent-correspondence': latentCorrespondence,
  'd-response': dResponse,
};

/** Panels that show something of these networks, in the order in which pages show them. */
export function panelsOf(subject: PanelSubject): readonly PanelName[] {
  return PANEL_NAMES.filter((name) => MAKERS[name].fits(subject));
}

/** A panel: the bytes of a PNG file, and the numbers behind it as a JSON file. */
export async function makePanel(
  name: PanelName,
  subject: PanelSubject,
): Promise<{ readonly png: Uint8Array; readonly json: Uint8Array }> {
  const { picture, data } = await MAKERS[name].make(subject);
  return { png: encodePng(picture), json: new TextEncoder().encode(JSON.stringify({ panel: name, ...data })) };
}
