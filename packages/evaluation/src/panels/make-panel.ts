import { PANEL_NAMES, type PanelName } from '@gansweep/domain';
import { lerp, slerp } from '../latent-paths.ts';
import { encodePng } from '../render/encode-png.ts';
import { dResponse } from './d-response.ts';
import { dSurface } from './d-surface.ts';
import { fixedNoise } from './fixed-noise.ts';
import { gManifold } from './g-manifold.ts';
import { interpolation } from './interpolation.ts';
import { latentCorrespondence } from './latent-correspondence.ts';
import { nearestReals } from './nearest-reals.ts';
import type { Panel, PanelMaker, SamplePanelMaker } from './panel.ts';
import type { PanelSubject, SampleSubject } from './panel-subject.ts';
import { planeSamples } from './plane-samples.ts';
import { reconstructions } from './reconstructions.ts';
import { styleMixing, truncation } from './styles.ts';

/** Panels of samples alone, whoever made them. */
const SAMPLE_MAKERS = {
  'nearest-reals': nearestReals,
  'plane-samples': planeSamples,
} as const satisfies Partial<Record<PanelName, SamplePanelMaker>>;
export type SamplePanelName = keyof typeof SAMPLE_MAKERS;

const MAKERS: Readonly<Record<PanelName, PanelMaker>> = {
  ...SAMPLE_MAKERS,
  // What D makes of the plane shows the points, too.
  'plane-samples': { ...planeSamples, fits: () => false },
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

/** Those that show something of an evaluation on the way: what changes while networks learn. */
export const PROGRESS_PANELS: ReadonlySet<PanelName> = new Set([
  'd-surface',
  'fixed-noise',
  'reconstructions',
  'd-response',
]);

/** Panels of samples, in the order in which pages show them. */
export function samplePanelsOf(subject: SampleSubject): readonly SamplePanelName[] {
  return (Object.keys(SAMPLE_MAKERS) as SamplePanelName[]).filter((name) => SAMPLE_MAKERS[name].fits(subject));
}

/** The bytes of a PNG file, and the numbers behind it as a JSON file. */
export interface PanelFiles {
  readonly png: Uint8Array;
  readonly json: Uint8Array;
}

export async function makePanel(name: PanelName, subject: PanelSubject): Promise<PanelFiles> {
  return filesOf(name, await MAKERS[name].make(subject));
}

export async function makeSamplePanel(name: SamplePanelName, subject: SampleSubject): Promise<PanelFiles> {
  return filesOf(name, await SAMPLE_MAKERS[name].make(subject));
}

function filesOf(name: PanelName, { picture, data }: Panel): PanelFiles {
  return { png: encodePng(picture), json: new TextEncoder().encode(JSON.stringify({ panel: name, ...data })) };
}
