/** Findings in plain words: what was seen, what it means and what to do about it in this network. */
import type { Graph } from '../../graph/graph.ts';
import type { Finding } from './signs.ts';

export function wordsFor(finding: Finding, network: Graph): string {
	switch (finding.kind) {
		case 'vanishing':
			return `Vanishing gradients: ${some(finding.layers, 'layer', finding.of)} ${verb(finding.layers, 'gets', 'get')} gradients ${times(finding.factor)} smaller than the last ones and barely ${verb(finding.layers, 'learns', 'learn')}. ${vanishingCures(network)}`;
		case 'exploding':
			return `Exploding ${finding.of === 'gradient' ? 'gradients: their' : 'weights: their'} norm ${finding.growth ? `has grown ${times(finding.growth)}, to` : 'is'} ${digits(finding.norm)}, most of it in ${finding.layer}. ${explodingCures(network)}`;
		case 'dead':
			return `No gradient reaches ${some(finding.layers, 'layer')}: exactly 0 for ${finding.steps} steps. Either its ReLUs are dead for every input (lower the learning rate, use He initialisation or batch normalisation) or no loss depends on it (add a loss on that head, or freeze it on purpose).`;
		case 'stalled':
			return `The loss stalls: ${digits(finding.to)} now, ${digits(finding.from)} at the start. Try a learning rate ten times higher or lower, and check that labels and masks belong to their images.`;
	}
}

/** @param norms of the whole gradient at the steps before, the latest last */
export function nonFiniteWords(layers: readonly string[], norms: readonly number[], network: Graph): string {
	const [low, last] = [Math.min(...norms), norms.at(-1)];
	const growth =
		last && last > 100 * low
			? ` after growing from ${digits(low)} to ${digits(last)} within ${norms.length} steps`
			: '';
	const where = layers.length > 0 ? `, first in ${some(layers, 'layer')}` : '';
	return `Exploding gradients: the loss or gradient is no number any more${growth}${where}. ${explodingCures(network)}`;
}

function vanishingCures(network: Graph): string {
	const { saturating, normalised, residual } = traits(network);
	const cures = [
		saturating ? 'ReLU with He initialisation instead of sigmoid or tanh' : 'He initialisation',
		!normalised && 'batch normalisation',
		!residual && 'residual connections',
		'fewer layers',
	];
	return `Try ${list(cures, 'or')}.`;
}

function explodingCures(network: Graph): string {
	const { normalised } = traits(network);
	const cures = [
		'a lower learning rate',
		'clipping (clipNorm)',
		'He initialisation',
		!normalised && 'batch normalisation',
	];
	return `Try ${list(cures, 'or')}.`;
}

/** What the network has already, so that nobody is told to add it. */
function traits({ nodes, initializers }: Graph) {
	const has = (...ops: readonly string[]) => nodes.some(({ op }) => ops.includes(op));
	return {
		saturating: has('Sigmoid', 'Tanh', 'HardSigmoid'),
		normalised: has('BatchNormalization'),
		residual: nodes.some(({ op, inputs }) => op === 'Add' && !inputs.some((name) => initializers.has(name))),
	};
}

function some(names: readonly string[], noun: string, of?: number): string {
	if (names.length === 1) return `${noun} ${names[0]}`;
	return `${names.length}${of ? ` of ${of}` : ''} ${noun}s (${names[0]} … ${names.at(-1)})`;
}

function verb(names: readonly string[], one: string, many: string): string {
	return names.length === 1 ? one : many;
}

function times(factor: number): string {
	if (factor < 1e4) return `${digits(factor)} times`;
	const power = Math.floor(Math.log10(factor));
	return `10^${power} times`;
}

function digits(value: number): string {
	if (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)) return value.toExponential(1);
	return String(Number(value.toPrecision(3)));
}

function list(items: readonly (string | false)[], word: string): string {
	const said = items.filter((item) => item !== false);
	return said.length === 1 ? said[0] : `${said.slice(0, -1).join(', ')} ${word} ${said.at(-1)}`;
}
