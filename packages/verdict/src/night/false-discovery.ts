/**
 * Which of many null hypotheses are rejected, so that at most the share `rate` of the rejections is false on average.
 * Where all of them are true, the chance of any rejection is at most `rate`: a quiet night gives a false alarm that rarely.
 * @param pValues each in [0, 1]; null where there is no test, which then counts as none.
 * @see Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995) 289–300; for positively dependent tests, as scores of the same
 *   seeds are: Benjamini & Yekutieli, Ann. Stat. 29 (2001) 1165–1188.
 */
export function falseDiscoveryCut(pValues: readonly (number | null)[], rate: number): readonly boolean[] {
  const sorted = pValues.filter((p) => p !== null).sort((a, b) => a - b);
  let cut = -1;
  sorted.forEach((p, i) => {
    if (p <= (rate * (i + 1)) / sorted.length) cut = p;
  });
  return pValues.map((p) => p !== null && p <= cut);
}
