import type { PlaneLaw, Samples } from '@gansweep/domain';
import type { Picture } from '../render/picture.ts';
import type { PanelSubject, SampleSubject } from './panel-subject.ts';

/** A picture, and the numbers behind it as they go into a JSON file. */
export interface Panel {
  readonly picture: Picture;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One kind of panel. */
export interface PanelMaker<Subject = PanelSubject> {
  /** Whether networks and data have what it shows. */
  readonly fits: (subject: Subject) => boolean;
  readonly make: (subject: Subject) => Promise<Panel>;
}

/** A panel that needs no networks. */
export type SamplePanelMaker = PanelMaker<SampleSubject>;

/** Numbers for a file: `digits` significant ones are plenty for a picture. */
export function rounded(values: ArrayLike<number>, digits = 6): readonly number[] {
  return Array.from(values, (value) => Number(value.toPrecision(digits)));
}

/** Points `[n, 2]` as pairs. */
export function pairs(points: Float32Array): readonly (readonly number[])[] {
  const numbers = rounded(points);
  return Array.from({ length: numbers.length / 2 }, (_, i) => numbers.slice(2 * i, 2 * i + 2));
}

/** @throws TypeError for images: only panels of the plane ask. */
export function lawOf({ law }: Pick<PanelSubject, 'law'>): PlaneLaw {
  if (law === null) throw new TypeError('this panel is of the plane');
  return law;
}

/** @throws TypeError for images. */
export function pointsOf(samples: Samples): Float32Array {
  if (samples.kind !== 'points') throw new TypeError('this panel is of points');
  return samples.data;
}
