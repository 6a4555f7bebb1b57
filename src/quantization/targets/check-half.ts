/** Proves that nothing overflows in float16: on ordinary images and on frames made to drive values to extremes. */
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { LARGEST_HALF } from '../../graph/half.ts';
import { emulateHalf } from '../../graph/passes/emulate-half.ts';
import type { HalfGraph } from '../../graph/passes/to-half.ts';
import { openModel } from '../../inference/model.ts';
import { imageDims } from '../image-tensor.ts';
import { feedsOf, type Sample } from '../sample.ts';
import { adversarialFrames } from './adversarial-frames.ts';

/** What a model is tried on. */
export interface Frame {
	readonly name: string;
	readonly sample: Sample;
}

export interface HalfCheck {
	readonly images: number;
	/** Names of the adversarial frames. */
	readonly frames: readonly string[];
	/** The float16 value that came closest to overflowing, and on which frame. */
	readonly largest: Extreme | undefined;
	/** 65504 / the largest magnitude: how much further values could grow. */
	readonly margin: number;
	/** Whether every output of the float16 model was a finite number on every frame. */
	readonly finite: boolean;
	/** The largest difference of any output from the float model. */
	readonly maxDifference: number;
	/** Nothing came near an overflow and every output is finite. */
	readonly passed: boolean;
}

export interface Extreme {
	readonly value: string;
	readonly magnitude: number;
	readonly frame: string;
}

/** Unseen frames may reach further than those tried: twice what was seen must still fit. */
export const HEADROOM = 2;

/** The frames to try: what there is, then what drives the model to its extremes (default: adversarial images). */
export function framesFor(
	graph: Graph,
	samples: readonly Sample[],
	adversarial: readonly Frame[] = adversarialImages(graph),
): readonly Frame[] {
	return [...samples.map((sample, i) => ({ name: `image ${i + 1}`, sample })), ...adversarial];
}

function adversarialImages(graph: Graph): readonly Frame[] {
	return adversarialFrames(imageDims(graph)).map(({ name, pixels }) => ({ name, sample: pixels }));
}

/** The largest magnitude of each named value over all frames, as the float model computes it. */
export async function measureExtremes(
	graph: Graph,
	names: readonly string[],
	frames: readonly Frame[],
	threads = 1,
): Promise<readonly Extreme[]> {
	const { watched, outputs } = withMagnitudes(graph, names);
	const model = await openModel(encodeModel(watched), { threads });
	const extremes = names.map((value): Extreme => ({ value, magnitude: 0, frame: '' }));
	try {
		for (const { name: frame, sample } of frames) {
			const seen = await model.run(feedsOf(graph, sample), outputs);
			for (const [i, output] of outputs.entries()) {
				const magnitude = Number(seen[output].data[0]);
				// What is not a number is as bad as infinity.
				if (!(magnitude <= extremes[i].magnitude))
					extremes[i] = { value: names[i], magnitude: magnitude || Infinity, frame };
			}
		}
	} finally {
		await model.close();
	}
	return extremes;
}

/**
 * @param graph the float model
 * @param half what became of it
 * @param extremes of every value that is float16, over the same frames
 */
export async function checkHalf(
	graph: Graph,
	half: HalfGraph,
	frames: readonly Frame[],
	extremes: readonly Extreme[],
	threads = 1,
): Promise<HalfCheck> {
	const largest = extremes
		.filter(({ value }) => half.halves.has(value))
		.toSorted((a, b) => b.magnitude - a.magnitude)[0];
	const margin = largest ? LARGEST_HALF / largest.magnitude : Number.POSITIVE_INFINITY;
	const { finite, maxDifference } = await compareOutputs(graph, emulateHalf(half.graph), frames, threads);
	const names = frames.map(({ name }) => name).filter((name) => !/^image \d+$/.test(name));
	const passed = finite && margin >= HEADROOM;
	return { images: frames.length - names.length, frames: names, largest, margin, finite, maxDifference, passed };
}

/** The graph that gives max |x| of values between its nodes, computed where they are. */
function withMagnitudes(graph: Graph, names: readonly string[]) {
	const outputs = names.map((_, i) => `magnitude-${i}`);
	const nodes = names.flatMap((name, i): Node[] => {
		const node = (op: string, input: string, output: string): Node => ({
			name: output,
			op,
			domain: '',
			inputs: [input],
			outputs: [output],
			attributes: op === 'ReduceMax' ? { keepdims: { kind: 'int', value: 0 } } : {},
		});
		return [node('Abs', name, `absolute-${i}`), node('ReduceMax', `absolute-${i}`, outputs[i])];
	});
	const values = outputs.map((name) => ({ name, type: 'float32' as const, shape: [] }));
	return { outputs, watched: { ...graph, nodes: [...graph.nodes, ...nodes], outputs: values } };
}

async function compareOutputs(float: Graph, half: Graph, frames: readonly Frame[], threads: number) {
	const models = [await openModel(encodeModel(float), { threads }), await openModel(encodeModel(half), { threads })];
	const numbers = float.outputs.filter(({ type }) => type === 'float32').map(({ name }) => name);
	let finite = true;
	let maxDifference = 0;
	try {
		for (const { sample } of frames) {
			const feeds = feedsOf(float, sample);
			const [expected, found] = [await models[0].run(feeds, numbers), await models[1].run(feeds, numbers)];
			for (const name of numbers) {
				const [x, y] = [expected[name].data as Float32Array, found[name].data as Float32Array];
				for (let i = 0; i < x.length; i++) {
					if (!Number.isFinite(y[i])) finite = false;
					else maxDifference = Math.max(maxDifference, Math.abs(x[i] - y[i]));
				}
			}
		}
	} finally {
		for (const model of models) await model.close();
	}
	return { finite, maxDifference };
}
