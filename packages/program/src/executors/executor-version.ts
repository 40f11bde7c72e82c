/**
 * The version by which trainings name what computed them. Two of them may differ in last bits: another library rounds
 * otherwise, and so does another order of the same sums, which is a matter of what an executor makes of a program.
 * @param library version of the library. @param graphs how often the last bits of what is made of a program have changed,
 * from 1, which is not said: so versions that were recorded before anything changed stay what they are.
 */
export function executorVersion(library: string, graphs: number): string {
  return graphs === 1 ? library : `${library} (graphs ${graphs})`;
}
