/** Which of the providers that a station may use it does use: the first one that proves itself. Naming a later one allows it. */
import { AndonError } from '../../base/errors.ts';
import { type ChosenModel, chooseModel } from '../../bundle/choose-model.ts';
import type { Precision } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import type { Provider } from '../../inference/providers.ts';
import { type Proof, proveProvider } from './prove-provider.ts';

export interface WantedProviders {
	/** In the order of preference. */
	readonly provider: Provider | readonly Provider[];
	/** What the station is configured to run, if anything. */
	readonly precision?: Precision;
	readonly threads: number;
}

/** A provider that was wanted more, and why it is not used. */
export interface PassedOver {
	readonly provider: Provider;
	readonly precision: Precision;
	/** Of the error registry. */
	readonly code: string;
	readonly reason: string;
}

export interface ChosenProvider {
	readonly wanted: readonly Provider[];
	readonly provider: Provider;
	readonly model: ChosenModel;
	/** For people: complete, without a full stop. */
	readonly why: string;
	readonly passedOver: readonly PassedOver[];
	/** How long its model took to open, ms; where it had to prove itself. */
	readonly openMs?: number;
	/** ISO 8601. */
	readonly chosenAt: string;
}

/**
 * Tries one after the other, each with the precision that suits it. The processor as the first choice needs no process of
 * its own to be tried in: it has no driver that could hang, and the inspector proves it by the reference frames as well.
 *
 * @throws PROVIDER_UNAVAILABLE saying of each why not, and whatever is wrong with the bundle itself
 */
export async function chooseProvider(
	bundle: Pick<Bundle, 'dir' | 'manifest' | 'defaultPrecision'>,
	{ provider: named, precision, threads }: WantedProviders,
	prove: (request: Parameters<typeof proveProvider>[0]) => Promise<unknown> = proveProvider,
): Promise<ChosenProvider> {
	const wanted = [named].flat();
	const passedOver: PassedOver[] = [];
	for (const provider of wanted) {
		const model = chooseModel(bundle, { provider, precision });
		const chosenAt = new Date().toISOString();
		const chosen = { wanted, provider, model, why: whyOf(wanted, passedOver), passedOver, chosenAt };
		if (provider === 'cpu' && passedOver.length === 0) return chosen;
		try {
			const proof = await prove({ provider, bundle: bundle.dir, precision: model.precision, threads });
			return { ...chosen, openMs: (proof as Partial<Proof> | undefined)?.openMs };
		} catch (error) {
			if (!(error instanceof AndonError) || !SKIPPED.has(error.code)) throw error;
			passedOver.push({ provider, precision: model.precision, code: error.code, reason: reasonOf(error) });
		}
	}
	throw new AndonError('PROVIDER_UNAVAILABLE', {
		expected: wanted.length === 1 ? `the ${wanted[0]} execution provider` : `one of the providers ${wanted.join(', ')}`,
		found: sayPassedOver(passedOver),
		fix: `Run \`andon doctor\` to see which providers work on this host. ${fixOf(wanted)}`,
	});
}

/** What a provider can be at fault for; a bundle that cannot be read is wrong for every one of them. */
const SKIPPED: ReadonlySet<string> = new Set([
	'PROVIDER_UNAVAILABLE',
	'BUNDLE_PARITY_FAILED',
	'MODEL_UNREADABLE',
	'MODEL_FAILED',
]);

/** Such as `tensorrt (fp16): Failed to load shared library; cuda (fp16): …`. */
export function sayPassedOver(passedOver: readonly PassedOver[]): string {
	return passedOver.map(({ provider, precision, reason }) => `${provider} (${precision}): ${reason}`).join('; ');
}

function whyOf(wanted: readonly Provider[], passedOver: readonly PassedOver[]): string {
	if (passedOver.length === 0) return wanted.length === 1 ? 'as the station is configured' : 'the first choice';
	const not = passedOver.map(({ provider }) => provider).join(' and ');
	return `named after ${not}, which ${passedOver.length === 1 ? 'does' : 'do'} not prove ${passedOver.length === 1 ? 'itself' : 'themselves'} here`;
}

function reasonOf({ code, facts }: AndonError): string {
	return code === 'PROVIDER_UNAVAILABLE' ? facts.found : `expected ${facts.expected}, found ${facts.found}`;
}

function fixOf(wanted: readonly Provider[]): string {
	const list = [...wanted, ...(wanted.includes('cpu') ? [] : ['cpu'])].join(', ');
	return wanted.includes('cpu')
		? 'No other provider is named in `provider`.'
		: `To allow another one, name it: \`provider: [${list}]\`.`;
}
