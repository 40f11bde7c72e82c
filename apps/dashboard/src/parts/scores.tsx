import type { EvaluationAnswer } from '@gansweep/contract';
import { scoreFacts } from '@gansweep/domain';
import type { ReactNode } from 'react';
import { count, number } from '../format.ts';

/** The unit of a score and its better end: what a sweep is after, or else what the score is made for. */
export function ScoreWords({
  name,
  goal,
}: {
  readonly name: string;
  readonly goal?: 'minimize' | 'maximize' | undefined;
}): ReactNode {
  const facts = scoreFacts(name);
  const better = goal ? BETTER[goal] : facts?.better;
  const words = [facts?.unit, better && `${better} is better`].filter((word) => word);
  return words.length > 0 ? <small className="unit">{words.join(', ')}</small> : null;
}

const BETTER = { minimize: 'lower', maximize: 'higher' } as const;

/** A row a score, a column a moment of the run, and what each score says. */
export function ScoresTable({ evaluations }: { readonly evaluations: readonly EvaluationAnswer[] }): ReactNode {
  const moments = [...new Set(evaluations.map(({ imagesSeen }) => imagesSeen))].sort((a, b) => a - b);
  const names = [...new Set(evaluations.flatMap(({ scores }) => Object.keys(scores)))];
  const valueAt = (name: string, moment: number): number | null | undefined =>
    evaluations.find(({ imagesSeen, scores }) => imagesSeen === moment && name in scores)?.scores[name];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys too.
    <section className="wide" aria-label="scores" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th>score</th>
            {moments.map((moment) => (
              <th key={moment} className="number">
                {count(moment)} images
              </th>
            ))}
            <th>what it says</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">
                {name}
                <ScoreWords name={name} />
              </th>
              {moments.map((moment) => {
                const value = valueAt(name, moment);
                return (
                  <td key={moment} className="number">
                    {value === undefined ? '' : number(value)}
                  </td>
                );
              })}
              <td className="text">{scoreFacts(name)?.doc}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
