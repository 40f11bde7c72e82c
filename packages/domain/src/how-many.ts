/** `1 trial`, `2 trials`: a number of things, the English plural being that with an s. @param shown the number as it is written. */
export function howMany(number: number | bigint, thing: string, shown: string = String(number)): string {
  return `${shown} ${thing}${Number(number) === 1 ? '' : 's'}`;
}
