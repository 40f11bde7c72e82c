export { type Parameter, parameters } from './parameters.ts';
export { configurationWith, resolveConfiguration } from './resolve-configuration.ts';
export type { SpecProblem } from './spec-problem.ts';
