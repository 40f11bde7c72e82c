import type { StoppingAnswer } from '@gansweep/contract';
import { howMany } from '@gansweep/domain';
import type { ReactNode } from 'react';
import { count, number } from '../format.ts';

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** What early stopping did, what it saved, and what the audit says that it cost. */
export function Stopping({ stopping }: { readonly stopping: StoppingAnswer }): ReactNode {
  const { type, metric, rungs, settled, stopped, budget, audit } = stopping;
  return (
    <>
      <p className="facts">
        {type} by {metric}:{' '}
        {rungs.map(({ images, compared, passed }) => (
          <span key={images}>
            {count(passed)} of {count(compared)} went on at {count(images)} images ·{' '}
          </span>
        ))}
        {howMany(stopped, 'trial', count(stopped))} {settled ? 'stopped' : 'waiting'} · {percent(budget.share)} of the
        budget
      </p>
      {audit && (
        <p className="facts">
          Audit: {howMany(audit.trials, 'stopped trial')} trained to the end ({percent(budget.audit)} of the budget)
          {audit.share && audit.regret && (
            <>
              ; {audit.beaten} of {audit.ended} better than the best kept one ({percent(audit.share.low)} to{' '}
              {percent(audit.share.high)} of all stopped), regret {number(audit.regret.mean)}
              {audit.regret.low !== null && audit.regret.high !== null
                ? ` [${number(audit.regret.low)}, ${number(audit.regret.high)}]`
                : ''}
            </>
          )}
        </p>
      )}
    </>
  );
}
