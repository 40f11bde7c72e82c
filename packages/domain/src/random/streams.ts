/** Purposes of randomness: one Philox stream each, never shared. Append only: a number is part of the training numerics. */
export const STREAMS = {
  initG: 1,
  initD: 2,
  noiseD: 3,
  noiseG: 4,
  dataOrder: 5,
  planeReals: 6,
  fixedNoise: 7,
  evaluationNoise: 8,
  evaluationReals: 9,
  kidSubsets: 10,
  slicedDirections: 11,
  featureTraining: 12,
  searchRandom: 13,
  searchOrder: 14,
  searchSobol: 15,
  labelNoise: 16,
  instanceNoiseD: 17,
  instanceNoiseG: 18,
  mirror: 19,
  bins: 20,
  patches: 21,
  paths: 22,
  extractorWeights: 23,
  initE: 40,
  gradientPenalty: 41,
} as const;

/** Seed of every evaluation's noise, so that only the generator differs. */
export const EVALUATION_SEED = 1;
