import { effectWords, type FinishedNight, headlineOf, remarksOf } from './night-words.ts';
import { xmlText } from './xml-text.ts';

/**
 * A night as JUnit XML: a suite a sweep, a case a question. Regressed is a failure, inconclusive is skipped with the reason,
 * a fault is an error of a suite of its own. A sweep that nothing was compared with is one skipped case: no pass.
 */
export function junitReport(night: FinishedNight): string {
  const { report } = night;
  const seconds = night.endedAt === null ? 0 : (Date.parse(night.endedAt) - Date.parse(night.createdAt)) / 1000;
  const suites = night.sweeps.map((name) => {
    const own = report.questions.filter(({ sweep }) => sweep === name);
    const cases = own.map((question) => {
      const words = [effectWords(question), remarksOf(question)].filter((part) => part !== '').join('; ');
      const inside =
        question.verdict === 'regressed'
          ? `<failure type="regressed" message="${xmlText(words)}"/>`
          : question.verdict === 'inconclusive'
            ? `<skipped message="${xmlText(`inconclusive: ${words}`)}"/>`
            : `<system-out>${xmlText(`${question.verdict}: ${words}`)}</system-out>`;
      return `    <testcase classname="${xmlText(name)}" name="${xmlText(`${question.score}, ${question.label || 'the only configuration'}`)}">${inside}</testcase>`;
    });
    if (report.verdict === 'not-compared')
      cases.push(
        `    <testcase classname="${xmlText(name)}" name="compared with a baseline"><skipped message="${xmlText(headlineOf(night))}"/></testcase>`,
      );
    const count = (verdict: string): number => own.filter((question) => question.verdict === verdict).length;
    return `  <testsuite name="${xmlText(name)}" tests="${cases.length}" failures="${count('regressed')}" errors="0" skipped="${count('inconclusive') + cases.length - own.length}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  const faults =
    report.faults.length === 0
      ? []
      : [
          `  <testsuite name="night" tests="${report.faults.length}" failures="0" errors="${report.faults.length}" skipped="0">\n${report.faults
            .map(
              (fault, i) =>
                `    <testcase classname="night" name="fault ${i + 1}"><error type="could-not-run" message="${xmlText(fault)}"/></testcase>`,
            )
            .join('\n')}\n  </testsuite>`,
        ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="gansweep nightly" time="${seconds.toFixed(1)}">\n${[...suites, ...faults].join('\n')}\n</testsuites>\n`;
}
