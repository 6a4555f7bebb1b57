/** The table of optimizers. */
import { adam } from './adam.ts';
import type { OptimizerFactory } from './optimizer.ts';
import { sgd } from './sgd.ts';

export const OPTIMIZERS = { adam, sgd } as const satisfies Record<string, OptimizerFactory>;

export type OptimizerName = keyof typeof OPTIMIZERS;
