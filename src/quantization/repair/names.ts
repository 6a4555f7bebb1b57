/** The repairs by name, in the order in which they are tried; apart, so that help need not load what they need. */
export const REPAIR_NAMES = ['equalize', 'correct-bias', 'round-weights', 'match-means', 'keep-in-float'] as const;

export type RepairName = (typeof REPAIR_NAMES)[number];
