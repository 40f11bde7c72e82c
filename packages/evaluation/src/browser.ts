export { featureMatrix } from './metrics/feature-matrix.ts';
export { measurePlane, PLANE_SAMPLES } from './protocols/plane-protocols.ts';
