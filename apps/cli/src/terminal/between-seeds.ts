/** Said where trials have different numbers of seeds. */
export const betweenSeeds = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  max > min ? ` at least, between ${min} and ${max} seeds a trial` : '';
