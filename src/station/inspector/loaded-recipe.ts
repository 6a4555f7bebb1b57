/** A recipe as an inspector has it: the proved model, and the rules by which its results become decisions. */
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { HoldBand } from '../decision/judge.ts';
import { type Policy, policyOf } from '../decision/policy.ts';
import type { InspectorRecipe } from './messages.ts';
import { openProvenModel, type ProvenModel } from './open-proven-model.ts';

export interface LoadedRecipe {
	readonly scope: string;
	readonly model: ProvenModel;
	readonly policy: Policy;
	readonly holdBand?: HoldBand;
	readonly inputStatistics?: boolean;
	/** Changes while it is in force. */
	operatingPoint: OperatingPoint;
}

/** @throws what `openProvenModel` throws, CONFIG_INVALID when the bundle cannot follow the rules */
export async function loadRecipe(recipe: InspectorRecipe): Promise<LoadedRecipe> {
	const { scope, holdBand, inputStatistics, operatingPoint } = recipe;
	const model = await openProvenModel(recipe, { transient: true });
	try {
		const policy = policyOf(model, recipe.decision);
		return { scope, model, policy, holdBand, inputStatistics, operatingPoint };
	} catch (error) {
		await model.close();
		throw error;
	}
}
