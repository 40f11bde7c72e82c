import type { FindingAnswer } from '@gansweep/contract';
import type { FindingName } from '@gansweep/domain';
import type { ReactNode } from 'react';
import { count, number } from '../format.ts';
import type { Marker } from './curve-plot.tsx';

const WORDS: Readonly<Record<FindingName, string>> = {
  'loss-phase-1': 'D learns first: its loss falls while that of G rises',
  'loss-phase-2': 'G catches up: its loss falls while that of D rises',
  'loss-phase-3': 'D leads again: the loss of G rises while that of D falls',
  'd-dominance': 'D wins: it tells reals from fakes almost always',
  'g-explosion': "G's loss runs away",
  collapse: 'G makes too little of what there is',
  oscillation: 'the players go round each other',
  'frozen-loss': 'nothing is learned any more',
  memorisation: 'G repeats its training images',
  'non-finite': 'a number left the range of float32',
};

/** Phases belong to a healthy run. */
const isIll = (name: FindingName): boolean => !name.startsWith('loss-phase');

/** What a finding rests on, in one line. */
export function evidenceOf({ evidence }: FindingAnswer): string {
  return Object.entries(evidence)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`)
    .join(', ');
}

/** Findings as lines across a plot. */
export function markersOf(findings: readonly FindingAnswer[], prefix = ''): readonly Marker[] {
  return findings.map((finding) => ({
    images: finding.imagesSeen,
    label: finding.name,
    words: `${prefix}${finding.name} at ${count(finding.imagesSeen)} images: ${WORDS[finding.name]} (${evidenceOf(finding)})`,
    isIll: isIll(finding.name),
  }));
}

/** A badge a finding; hovering tells the evidence. */
export function Findings({ findings }: { readonly findings: readonly FindingAnswer[] }): ReactNode {
  if (findings.length === 0) return null;
  return (
    <ul className="findings" aria-label="findings">
      {findings.map((finding) => (
        <li key={finding.name} className={isIll(finding.name) ? 'finding ill' : 'finding'}>
          <strong>{finding.name}</strong> at {count(finding.imagesSeen)} images: {WORDS[finding.name]}{' '}
          <small>({evidenceOf(finding)})</small>
        </li>
      ))}
    </ul>
  );
}

/** A flag beside a run in a table. */
export function FindingFlag({ findings }: { readonly findings: readonly FindingAnswer[] }): ReactNode {
  const ill = findings.filter(({ name }) => isIll(name));
  if (ill.length === 0) return null;
  const words = ill.map(({ name, imagesSeen }) => `${name} at ${count(imagesSeen)} images`).join('; ');
  return (
    <span className="flag" title={words} role="img" aria-label={words}>
      ⚑
    </span>
  );
}
