/** What the model of a recipe would run on here, found out as the station would. */

import type { Bundle } from '../../bundle/open-bundle.ts';
import { describePlacement } from '../../inference/describe-placement.ts';
import type { Placement } from '../../inference/read-placement.ts';
import {
	type ChosenProvider,
	chooseProvider,
	sayPassedOver,
	type WantedProviders,
} from '../providers/choose-provider.ts';
import { type ProofRequest, proveProvider } from '../providers/prove-provider.ts';
import { type Finding, failure } from './finding.ts';

export async function checkRecipeProvider(name: string, bundle: Bundle, wanted: WantedProviders): Promise<Finding> {
	try {
		let placement: Placement | undefined;
		const prove = async (request: ProofRequest) => {
			({ placement } = await proveProvider(request));
		};
		const chosen = await chooseProvider(bundle, wanted, prove);
		const { provider, model } = chosen;
		// The processor as the first choice is not tried yet.
		if (!placement) await prove({ provider, bundle: bundle.dir, precision: model.precision, threads: wanted.threads });
		return findingOf(name, chosen, placement!);
	} catch (error) {
		return failure(name, error);
	}
}

function findingOf(
	name: string,
	{ wanted, provider, model, why, passedOver }: ChosenProvider,
	placement: Placement,
): Finding {
	const found = `${provider}, ${why}: ${describePlacement(placement)} with ${model.precision}; every reference frame agrees`;
	if (passedOver.length === 0) return { name, status: 'ok', found };
	return {
		name,
		status: 'warn',
		found: `${found}. Passed over: ${sayPassedOver(passedOver)}`,
		expected: `${wanted[0]}, which is named first`,
		fix: 'Make that provider work, or name first what is to be used.',
	};
}
