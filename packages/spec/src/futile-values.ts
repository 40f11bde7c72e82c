import type { LossName, PluginName } from '@gansweep/domain';
import type { Condition, FieldName } from './fields.ts';

/** A field that changes nothing beside some values of others, though configurations have it: trials would differ in name alone. */
export interface Futility {
  /** Nothing is said where it is what it would be if it were left out. */
  readonly field: FieldName;
  /** All of these together. */
  readonly where: Readonly<Partial<Record<FieldName, Condition>>>;
  readonly message: string;
}

const LABELS_ENTER: Readonly<Record<Exclude<LossName, PluginName>, boolean>> = {
  'non-saturating': true,
  saturating: true,
  'least-squares': true,
  hinge: false,
  'wgan-gp': false,
  'gan-lab-log': false,
};
const lossesWhere = (enter: boolean): readonly string[] =>
  Object.entries(LABELS_ENTER).flatMap(([loss, does]) => (does === enter ? [loss] : []));

const ofLabels = (field: FieldName): Futility => ({
  field,
  where: { loss: lossesWhere(false) },
  message:
    `changes nothing with loss ${lossesWhere(false).join(', ')}, whose formulas have no labels: take it out, or put it under ` +
    `"when": [{ if: { loss: [${lossesWhere(true).join(', ')}] }, parameters: { ${field}: … } }]`,
});

/** What is refused by what it comes to, where the single values are all allowed. */
export const FUTILITIES: readonly Futility[] = [
  ofLabels('realLabel'),
  ofLabels('fakeLabel'),
  ofLabels('labelNoise'),
  {
    field: 'adaPipe',
    where: { adaTarget: [0], adaP: [0] },
    message:
      'changes nothing where adaTarget and adaP are 0, since nothing is augmented: give one of them a value above 0, or take it out',
  },
  {
    field: 'freezeRatio',
    where: { dSteps: [0] },
    message: 'changes nothing where dSteps is 0, since D is never updated: take it out, or give dSteps other values',
  },
  {
    field: 'gSteps',
    // An auto-encoder still learns by its own optimiser.
    where: { dSteps: [0], gSteps: [0], model: { not: 'aae' } },
    message:
      'is 0 where dSteps is 0, so that no network is ever updated: give one of them other values, or "exclude" it',
  },
];
