export { planeReals } from './plane-reals.ts';
