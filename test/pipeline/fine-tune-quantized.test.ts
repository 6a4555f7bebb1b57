import { readFile } from 'node:fs/promises';
import t from 'tap';
import { decodeModel, encodeModel } from '../../src/graph/codec/codec.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { fineTuneQuantized } from '../../src/pipeline/fine-tune-quantized.ts';
import { cpuScheme } from '../../src/quantization/cpu-scheme.ts';
import { observeValues } from '../../src/quantization/observe-values.ts';
import { planQuantization } from '../../src/quantization/plan.ts';
import { prepareForQuantization } from '../../src/quantization/quantize-model.ts';
import { build, type Recipe } from '../../src/quantization/repair/repair.ts';
import { openDataset } from '../../src/training/datasets/index.ts';
import { loadSplit } from '../../src/training/datasets/load-split.ts';
import { imageAt, type LabelledImages } from '../../src/training/labelled-images.ts';
import { scoreImages, selectionMetric } from '../../src/training/score-images.ts';
import { PRESETS, trainOptions } from '../../src/training/train-options.ts';

// Seconds on a machine of its own, minutes beside others.
t.setTimeout(300_000);

const size = { width: 128, height: 128, channels: 1 } as const;
const dataset = await openDataset('simulated:count=160,size=128');
const splitOf = async (split: 'train' | 'val'): Promise<LabelledImages> => ({
	...size,
	...(await loadSplit(dataset, split, size)),
});
const [train, val] = [await splitOf('train'), await splitOf('val')];
const file = new URL('../../models/demo/inspector.fp32.onnx', import.meta.url);
const float = prepareForQuantization(decodeModel(await readFile(file)));
const scoreOf = async (graph: Graph) => selectionMetric(await scoreImages({ bytes: encodeModel(graph) }, val));

/** Ranges so wide that only a few codes are left for what occurs. */
async function coarseRecipe(factor: number): Promise<Recipe> {
	const images = Array.from({ length: 8 }, (_, i) => imageAt(train, i));
	const observed = await observeValues(float, images, [...planQuantization(float).integers]);
	for (const observation of observed.values()) {
		const { min, max } = observation.histogram;
		for (const extreme of [min, max]) observation.add(new Float32Array(observation.channels).fill(extreme * factor));
	}
	return { scheme: cpuScheme, float, keptInFloat: new Set(), observed, how: { method: 'min-max' }, corrections: {} };
}

t.test('fine-tuning wins back most of what too few codes cost', async (t) => {
	const start = await coarseRecipe(48);
	const judge = (recipe: Recipe) => scoreOf(build(recipe).graph);
	const [ideal, before] = [await scoreOf(float), await judge(start)];
	t.ok(ideal - before > 0.05, `quantization alone costs much: ${ideal} becomes ${before}`);
	const steps: number[] = [];
	const { recipe, best } = await fineTuneQuantized(start, judge, {
		train,
		options: trainOptions.parse({ ...PRESETS.demo, batch: 8 }),
		steps: 48,
		rate: 2e-3,
		evaluations: 2,
		threads: 1,
		onProgress: ({ step }) => steps.push(step),
	});
	t.equal(steps.length, 48);
	const after = await judge(recipe);
	t.equal(after, best.metric, 'what is given back scores as it did when it was judged');
	t.ok(after - before > (ideal - before) / 2, `${ideal} became ${before}, and ${after} after fine-tuning`);
});

t.test('a model that was not deployed by us is refused', async (t) => {
	const start = await coarseRecipe(1);
	const renamed = { ...float, inputs: [{ ...float.inputs[0], type: 'float32' as const }] };
	const tuning = { train, options: trainOptions.parse(PRESETS.demo), steps: 1 };
	await t.rejects(
		fineTuneQuantized({ ...start, float: renamed }, async () => 0, tuning),
		{ code: 'MODEL_UNSUPPORTED', message: /andon train/ },
	);
});
