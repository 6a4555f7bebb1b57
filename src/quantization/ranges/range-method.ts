/** What every way of choosing a range looks like. */
import type { z } from 'zod';
import type { Range } from '../parameters.ts';
import type { Observation } from './observation.ts';

export interface RangeMethodDefinition<Schema extends z.ZodObject = z.ZodObject> {
	readonly optionsSchema: Schema;
	/** @returns the range of one value; it need not contain zero */
	create(options: z.output<Schema>): (observed: Observation) => Range;
}
