import type { NightQuestionAnswer } from '@gansweep/contract';
import type { ReactNode } from 'react';

const WIDTH = 160;
const HEIGHT = 18;
/** Margins to each side; what is beyond ends at the border. */
const MARGINS = 4;

/** A share as `+4.1 %`. */
export const percent = (share: number): string => `${share > 0 ? '+' : ''}${Number((100 * share).toPrecision(3))} %`;

/** How much worse, with its interval; what is below 0 is better. */
export function effectWords({ worse, low, high, identical, because }: NightQuestionAnswer): string {
  if (because !== null) return because;
  if (identical) return 'the same numbers';
  if (worse === null) return '–';
  return low === null || high === null ? percent(worse) : `${percent(worse)} [${percent(low)}, ${percent(high)}]`;
}

/** The interval about its mean over the margin as a band: better to the left, worse to the right. */
export function Effect({
  question,
  margin,
}: {
  readonly question: NightQuestionAnswer;
  readonly margin: number;
}): ReactNode {
  const { worse, low, high, verdict } = question;
  if (worse === null) return null;
  const at = (share: number): number => {
    const inside = Math.min(Math.max(share / (MARGINS * margin), -1), 1);
    return ((inside + 1) / 2) * (WIDTH - 8) + 4;
  };
  const words = `${effectWords(question)}: better to the left, worse to the right of 0, beside a margin of ${percent(margin)}`;
  return (
    <svg className={`effect effect-${verdict}`} width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
      <title>{words}</title>
      <rect className="margin" x={at(-margin)} y="2" width={at(margin) - at(-margin)} height="14" />
      <line className="zero" x1={at(0)} y1="0" x2={at(0)} y2={HEIGHT} />
      <line x1={at(low ?? worse)} y1="9" x2={at(high ?? worse)} y2="9" />
      <circle cx={at(worse)} cy="9" r="3.5" />
    </svg>
  );
}
