/** Any ONNX model as a backbone: its graph up to a feature map, with our heads behind. */
import { z } from 'zod';
import { AndonError } from '../base/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import type { Features } from './backbone.ts';
import { findCut, findStages } from './find-features.ts';
import { isHeadParameter } from './heads.ts';
import { type ImageInput, importModel } from './import-model.ts';
import { channelsOf, type LayerContext } from './layers.ts';
import { buildNetwork, commonOptions } from './network.ts';

export const onnxOptions = z.strictObject({
	...commonOptions(),
	/** The model's file. */
	file: z.string().min(1),
	/** The feature map at which the backbone ends (default: in front of the global pooling, or of the last layer). */
	cut: z.string().optional(),
});

type OnnxOptions = z.infer<typeof onnxOptions>;

/**
 * By default with a score head only. Layers keep the names of the file.
 *
 * @throws FILE_UNREADABLE, MODEL_UNREADABLE, and MODEL_UNSUPPORTED for models that take no images or have no feature map
 */
export function onnx(options: OnnxOptions): Graph {
	return buildNetwork('onnx', backbone, options);
}

function backbone(context: LayerContext, image: string, options: OnnxOptions): Features {
	const { height, width } = options;
	const { graph: whole, input } = importModel(options.file, height, width);
	const cut = options.cut ?? findCut(whole, height, width);
	const graph = upTo(whole, cut);
	const stages = findStages(graph, cut, height, width);
	const names = append(context, graph, input.name, planes(context, image, input));
	return {
		stages: stages.map(({ value, stride }) => ({ value: names(value), stride })) as unknown as Features['stages'],
	};
}

/** The image with the channels that the model reads: a grey one is repeated. */
function planes(context: LayerContext, image: string, { channels, last }: ImageInput): string {
	const { g } = context;
	const given = channelsOf(context, image);
	if (given > channels)
		throw new AndonError('CONFIG_INVALID', {
			expected: `images of ${channels} channel for this model`,
			found: `${given}`,
			fix: 'Set channels=1, and leave network.options.input as it is.',
		});
	const colours = given === channels ? image : g.concat(new Array(channels).fill(image), 1);
	return last ? g.transpose(colours, [0, 2, 3, 1]) : colours;
}

function upTo(graph: Graph, cut: string): Graph {
	const value = graph.values.get(cut);
	if (value) return dropDeadNodes({ ...graph, outputs: [value] }).graph;
	throw new AndonError('CONFIG_INVALID', {
		expected: 'the name of a value of the model, of known size, to cut at',
		found: `"${cut}"`,
		fix: 'Take one that `andon analyze <model.onnx> --all` lists.',
	});
}

/** Adds the nodes; names that mean something to us, or are taken, get a prefix. Returns the new names. */
function append({ g }: LayerContext, graph: Graph, input: string, image: string): (name: string) => string {
	const reserved = new Set(['x', 'mask_logits', 'score_logits', 'features']);
	const renamed = new Map([[input, image]]);
	const define = (name: string) => {
		if (name !== '' && (g.has(name) || reserved.has(name) || isHeadParameter(name))) renamed.set(name, `onnx/${name}`);
		return renamed.get(name) ?? name;
	};
	for (const [name, tensor] of graph.initializers) g.constant(tensor, define(name));
	for (const node of graph.nodes)
		g.append({
			...node,
			inputs: node.inputs.map((name) => renamed.get(name) ?? name),
			outputs: node.outputs.map(define),
		});
	return (name) => renamed.get(name) ?? name;
}
