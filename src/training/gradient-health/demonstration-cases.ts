/** Deep networks that cannot learn, what cures them, and what initialisers do: the cases of the demonstration. */
import { z } from 'zod';
import { parseWith } from '../../base/parse.ts';
import { plainDeepOptions } from '../../networks/plain-deep.ts';

/** One network and how it is trained; by default as deep networks were before 2010. */
const options = z.strictObject({
	name: z.string(),
	layers: z.int().min(2).max(200),
	activation: plainDeepOptions.shape.activation.prefault('sigmoid'),
	initializer: plainDeepOptions.shape.initializer.prefault('glorot'),
	residual: z.boolean().default(false),
	batchNorm: z.boolean().default(false),
	optimizer: z.enum(['adam', 'sgd']).default('adam'),
	rate: z.number().positive().default(1e-3),
	clipNorm: z.number().min(0).default(0),
	clipValue: z.number().min(0).default(0),
});

export type DemonstrationCase = z.infer<typeof options>;

/** What differs from the defaults. */
export type DemonstrationSketch = Partial<DemonstrationCase> & { readonly name: string };

/** Both explode: signals that triple from layer to layer, and steps too large where nothing normalises or saturates. */
const LARGE = { activation: 'relu', initializer: 'large', optimizer: 'sgd', rate: 0.01 } as const;
const RASH = { activation: 'relu', residual: true, optimizer: 'sgd', rate: 0.03 } as const;

export const DEMONSTRATIONS = {
	/** Sick networks, each followed by its cures. */
	cures: [
		{ name: 'sigmoid' },
		{ name: 'sigmoid, cured by ReLU and He', activation: 'relu', initializer: 'he', rate: 3e-4 },
		{ name: 'sigmoid, cured by residual tanh', activation: 'tanh', residual: true, rate: 3e-4 },
		{ name: 'sigmoid, cured by normalisation', batchNorm: true },
		{ name: 'large weights', ...LARGE },
		{ name: 'large weights, cured by normalisation', ...LARGE, batchNorm: true },
		{ name: 'high rate', ...RASH },
		{ name: 'high rate, cured by clipping', ...RASH, clipNorm: 0.1 },
	],
	/** One network, started in several ways. */
	initializers: (['he', 'orthogonal', 'lecun', 'glorot', 'small', 'large'] as const).map((initializer) => ({
		name: initializer,
		activation: 'relu' as const,
		initializer,
		rate: 3e-4,
	})),
} as const satisfies Record<string, readonly DemonstrationSketch[]>;

/** @throws CONFIG_INVALID */
export function demonstrationCase(sketch: DemonstrationSketch): DemonstrationCase {
	return parseWith(options, { layers: 30, ...sketch }, 'a demonstration');
}
