/** Takes the network out of a deployed model again, so that it can be trained on. */
import { AndonError } from '../../base/errors.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import { linksOf } from '../../graph/links.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { freeBatch } from '../../graph/passes/free-batch.ts';
import { findCameraInput } from '../camera-input.ts';

const INPUT = 'x';
const LOGITS = ['mask_logits', 'score_logits'];

/**
 * From `x` [N,C,H,W] in [0,1] to the logits, for any batch; nodes and constants keep their names.
 *
 * @param deployed with input `image` uint8, as `deploy` writes it, or rewritten for quantization
 * @throws MODEL_UNSUPPORTED for a model that was not deployed by us
 */
export function logitsNetwork(deployed: Graph): Graph {
	const camera = findCameraInput(deployed, linksOf(deployed));
	const before = camera?.nodes.slice(0, 1 + camera.nodes.findIndex(({ outputs }) => outputs[0] === INPUT)) ?? [];
	const known = GraphBuilder.from(deployed);
	const outputs = LOGITS.filter((name) => known.has(name)).map((name) => known.value(name));
	const shape = before.length > 0 ? known.shape(INPUT) : [];
	const isPixel = camera && Math.abs(camera.scale * 255 - 1) < 1e-6;
	if (!isPixel || shape.length !== 4 || outputs.length === 0) throw unsupported(deployed);
	const nodes = deployed.nodes.filter((node) => !before.includes(node));
	const inputs = [{ name: INPUT, type: 'float32' as const, shape }];
	return freeBatch(dropDeadNodes({ ...deployed, nodes, inputs, outputs }).graph, INPUT, shape.slice(1));
}

function unsupported({ inputs, outputs }: Graph): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: `a model that scales bytes to \`${INPUT}\` in [0,1] and has the logits ${LOGITS.join(' or ')} inside`,
		found: `a model from ${inputs.map(({ name }) => name).join(', ')} to ${outputs.map(({ name }) => name).join(', ')}`,
		fix: 'Fine-tune bundles that `andon train` wrote; other models can only be quantized after training.',
	});
}
