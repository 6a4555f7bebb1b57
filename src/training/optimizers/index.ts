/** The table of optimizers. */
import { adam } from './adam.ts';
import type { OptimizerFactory } from './optimizer.ts';

export const OPTIMIZERS = { adam } as const satisfies Record<string, OptimizerFactory>;

export type OptimizerName = keyof typeof OPTIMIZERS;
