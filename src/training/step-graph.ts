/** One training step as one graph of standard operators: forward, losses, backward, clipping, optimizer. */
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import { float32, type Graph } from '../graph/graph.ts';
import { blockedLayout } from '../graph/passes/blocked-layout/blocked-layout.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { lower } from '../graph/passes/lower.ts';
import { nameOutputs } from '../graph/passes/name-outputs.ts';
import { addLoss, type LossOptions } from './loss-graph.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { agesOf, type ParameterLayout, type Slot } from './parameters.ts';

export interface StepOptions extends LossOptions {
	readonly optimizer: Optimizer;
	/** Largest global L2 norm of the gradient; 0 turns clipping off. */
	readonly clipNorm: number;
	/** Largest size of any element of the gradient, applied before the norm's limit; 0 or undefined turns it off. */
	readonly clipValue?: number;
	/** Share of the batch in the running statistics of normalisations. */
	readonly momentum: number;
	/** Channels of a block in the layout of the CPU that will run it; 1 or undefined keeps NCHW. */
	readonly block?: number;
}

/**
 * Inputs: `x` [N,C,H,W], `mask` [N,1,H,W] and `label` [N,1] in class indices (where a loss needs them), `weights` [P], `running` [R],
 * `state0…` [P], `scalar0…` [] (with parameters of several ages: [ages]). Outputs: `next_weights`, `next_running`, `next_state0…`, `loss`, one `loss/<name>` per
 * term, `gradient_norm` [] before clipping, and `gradient_norms`, the norm of each parameter's gradient in layout order.
 */
export function stepGraph(options: StepOptions): Graph {
	const { layout } = options;
	const g = new GraphBuilder('training-step');
	const weights = g.input('weights', 'float32', [layout.trainableSize]);
	unpack(g, weights, layout.trainable);
	const { loss, statistics } = addLoss(g, options);
	const gradients = differentiate(
		g,
		loss,
		layout.trainable.map((slot) => slot.name),
	);
	const flat = g.within('step', () => updateWeights(g, options, gradients));
	if (layout.running.length > 0) g.within('step', () => updateRunning(g, options, statistics));
	g.output(loss, 'loss');
	g.output(flat.norm, 'gradient_norm');
	g.output(flat.norms, 'gradient_norms');
	return dropDeadNodes(nameOutputs(laidOut(g.build(), options.block)).graph).graph;
}

/** The graph in standard operators, or in ONNX Runtime's blocked layout where it has one. */
function laidOut(graph: Graph, block = 1): Graph {
	if (block <= 1) return lower(graph).graph;
	const composed = lower(graph, (node) => node.op === 'BatchNormalizationTraining').graph;
	return lower(blockedLayout(composed, block).graph).graph;
}

/** Splits the flat vector into the network's parameters, under their own names. */
function unpack(g: GraphBuilder, flat: string, slots: readonly Slot[]): void {
	g.within('unpack', () => {
		const parts =
			slots.length === 1
				? [flat]
				: g.ops('Split', [flat, g.ints(slots.map((slot) => slot.size))], { axis: 0 }, { outputs: slots.length });
		for (const [i, slot] of slots.entries()) g.op('Reshape', [parts[i], g.ints(slot.dims)], {}, { names: [slot.name] });
	});
}

function updateWeights(g: GraphBuilder, options: StepOptions, gradients: ReadonlyMap<string, string>) {
	const { layout, optimizer } = options;
	const parts = layout.trainable.map(({ name, size }) => {
		const gradient = gradients.get(name);
		return gradient ? g.reshape(gradient, [size]) : g.constant(float32([size], new Float32Array(size)));
	});
	const gradient = parts.length === 1 ? parts[0] : g.concat(parts, 0);
	const squares = parts.map((part) => g.op('ReduceSumSquare', [part], { keepdims: 1 }));
	const norms = g.op('Sqrt', [squares.length === 1 ? squares[0] : g.concat(squares, 0)]);
	const norm = g.op('ReduceL2', [gradient], { keepdims: 0 });
	const update = optimizer.update(g, {
		weights: 'weights',
		gradient: clipped(g, gradient, norm, options),
		state: Array.from({ length: optimizer.state }, (_, i) => g.input(`state${i}`, 'float32', [layout.trainableSize])),
		scalars: optimizer.scalars(1, 0).map((_, i) => scalarInput(g, `scalar${i}`, layout)),
		decayed: g.constant(float32([layout.trainableSize], decayMask(layout))),
	});
	g.output(update.weights, 'next_weights');
	for (const [i, name] of update.state.entries()) g.output(name, `next_state${i}`);
	return { norm, norms };
}

/** Each element within ±value (Mikolov 2012), then min(1, limit / norm) of the whole (Pascanu et al. 2013). */
function clipped(g: GraphBuilder, gradient: string, norm: string, { clipNorm, clipValue = 0 }: StepOptions): string {
	const bounded = clipValue > 0 ? g.op('Clip', [gradient, g.scalar(-clipValue), g.scalar(clipValue)]) : gradient;
	if (clipNorm === 0) return bounded;
	const length = clipValue > 0 ? g.op('ReduceL2', [bounded], { keepdims: 0 }) : norm;
	return g.mul(bounded, g.op('Min', [g.scalar(1), g.div(g.scalar(clipNorm), g.add(length, g.scalar(1e-6)))]));
}

/** One number for all parameters, or one for each age, repeated over the parameters of that age. */
function scalarInput(g: GraphBuilder, name: string, layout: ParameterLayout): string {
	const ages = agesOf(layout);
	if (ages.length === 1) return g.input(name, 'float32', []);
	const values = g.input(name, 'float32', [ages.length]);
	const parts = ages.map(({ size }, i) => g.op('Expand', [g.slice(values, [0], [i], [i + 1]), g.ints([size])]));
	return g.concat(parts, 0);
}

/** Weight decay acts on weights of rank 2 and more, not on biases and normalisations. */
function decayMask(layout: ParameterLayout): Float32Array {
	const mask = new Float32Array(layout.trainableSize);
	for (const { dims, offset, size } of layout.trainable) if (dims.length > 1) mask.fill(1, offset, offset + size);
	return mask;
}

/** running ← running + momentum · (batch − running). */
function updateRunning(
	g: GraphBuilder,
	{ layout, momentum }: StepOptions,
	statistics: ReadonlyMap<string, string>,
): void {
	const running = g.input('running', 'float32', [layout.runningSize]);
	const batch = g.concat(
		layout.running.map((slot) => statistics.get(slot.name)!),
		0,
	);
	g.output(g.add(running, g.mul(g.sub(batch, running), g.scalar(momentum))), 'next_running');
}
