/** The four pairs of learning rates that claims on their balance compare. */
export const BOTH_LOW = { lrG: 2e-4, lrD: 2e-4 };
export const BOTH_HIGH = { lrG: 1e-3, lrD: 1e-3 };
export const ONLY_G = { lrG: 1e-3, lrD: 2e-4 };
export const ONLY_D = { lrG: 2e-4, lrD: 1e-3 };
export const PAIRS = [BOTH_LOW, BOTH_HIGH, ONLY_G, ONLY_D];
