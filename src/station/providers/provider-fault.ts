/** A station that runs on a provider other than the first one named says so as a fault: it may be slower, and something broke. */
import type { Fault } from '../station-view.ts';
import { type ChosenProvider, sayPassedOver } from './choose-provider.ts';

/** Undefined when it runs on what was wanted most. */
export function providerFault({ provider, passedOver, chosenAt }: ChosenProvider): Fault | undefined {
	if (passedOver.length === 0) return undefined;
	const message = `Parts are inspected on ${provider}. It does not prove itself here: ${sayPassedOver(passedOver)}.`;
	return { code: passedOver[0].code, message, since: chosenAt };
}
