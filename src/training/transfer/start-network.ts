/** The network that a run starts with: built, given the weights of a file, and divided into what trains now, later or never. */
import type { z } from 'zod';
import type { Graph } from '../../graph/graph.ts';
import { isHeadParameter } from '../../networks/heads.ts';
import { NETWORKS } from '../../networks/index.ts';
import type { FineTune } from '../fit.ts';
import { type ParameterLayout, parameterLayout } from '../parameters.ts';
import type { TrainOptions } from '../train-options.ts';
import { frozenParameters } from './freeze.ts';
import { readWeights, type Weights } from './read-weights.ts';
import type { TransferOptions } from './transfer-options.ts';
import type { TransferReport } from './transfer-report.ts';
import { transferWeights } from './transfer-weights.ts';

export interface StartNetwork {
	readonly network: Graph;
	/** What trains from the first step on. */
	readonly layout: ParameterLayout;
	readonly fineTune?: FineTune;
	/** What became of the file of weights, when there is one. */
	readonly report?: TransferReport;
}

type Settings = Readonly<Record<string, unknown>>;

/** The settings of a run that matter here. */
type StartOptions = Pick<TrainOptions, 'network' | 'transfer' | 'schedule' | 'steps'>;

/**
 * @param given options that the run decides, such as the size of images
 * @throws FILE_UNREADABLE, WEIGHTS_UNREADABLE, WEIGHTS_MISMATCH, and CONFIG_INVALID when a rule of freezing fits nothing
 */
export async function startNetwork(options: StartOptions, given: Settings): Promise<StartNetwork> {
	const { transfer } = options;
	const { network, report } = await buildNetwork(options, given);
	const frozen = new Set(frozenParameters(network, transfer.freeze));
	const kept = keptNormalizations(network, transfer, report);
	const layout = parameterLayout(network, (name) => !frozen.has(name) && !kept.has(name));
	return { network, layout, report, fineTune: fineTuneOf(options, network, frozen, kept) };
}

async function buildNetwork(
	{ network: { name, options }, transfer }: StartOptions,
	given: Settings,
): Promise<{ readonly network: Graph; readonly report?: TransferReport }> {
	const { create, optionsSchema } = NETWORKS[name];
	if (!transfer.weights) return { network: create({ ...options, ...given }) };
	const weights = await readWeights(transfer.weights);
	const candidates = settingsFor(weights, optionsSchema).map((brought) => {
		const settings = { ...brought, ...options, ...given };
		const { style, input } = optionsSchema.parse(settings) as Settings;
		return transferWeights(create(settings), weights, { ...(style ? { style } : {}), ...(input ? { input } : {}) });
	});
	// Of several ways to build it, the one in which the least is missing and the least differs.
	const flaws = ({ report }: { report: TransferReport }) => report.missing.length + report.notes.length / 1000;
	return candidates.reduce((best, next) => (flaws(next) < flaws(best) ? next : best));
}

/** What the weights say about how the network is built, as far as it has such options; laid under the user's own. */
function settingsFor(weights: Weights, { shape }: z.ZodObject): readonly Settings[] {
	const known = weights.scheme?.settings(new Set(weights.tensors.keys()));
	if (known) return [Object.fromEntries(Object.entries(known).filter(([key]) => key in shape))];
	return weights.graph && 'style' in shape ? [{ style: 'torch' }, { style: 'keras' }] : [{}];
}

/** Scales of loaded normalisations that keep their statistics. */
function keptNormalizations(
	network: Graph,
	{ normalizations }: TransferOptions,
	report: TransferReport | undefined,
): ReadonlySet<string> {
	if (!report || (normalizations ?? (report.folded ? 'keep' : 'train')) === 'train') return new Set();
	const missing = new Set(report.missing.map(({ name }) => name));
	const scales = network.nodes.flatMap(({ op, inputs }) => (op === 'BatchNormalization' ? [inputs[1]] : []));
	return new Set(scales.filter((name) => !isHeadParameter(name) && !missing.has(name)));
}

function fineTuneOf(
	{ transfer, schedule, steps }: StartOptions,
	network: Graph,
	frozen: ReadonlySet<string>,
	kept: ReadonlySet<string>,
): FineTune | undefined {
	const step = Math.round(transfer.unfreezeAt * steps);
	if (frozen.size === 0 || step >= steps) return undefined;
	const joining = transfer.unfreeze ? frozenParameters(network, transfer.unfreeze) : frozen;
	const stays = (name: string) => kept.has(name) || (frozen.has(name) && !joining.has(name));
	return {
		step,
		trainable: parameterLayout(network, (name) => !stays(name)).trainable.map((slot) => slot.name),
		rate: transfer.fineTuneRate ?? schedule.rate / 10,
	};
}
