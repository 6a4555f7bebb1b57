/** Reports with every section filled, made of generated numbers, and names that would break a careless page. */
import { Random } from '../../src/base/random.ts';
import { encodeJpeg } from '../../src/imaging/encode-image.ts';
import { evaluation } from '../../src/metrics/evaluation.ts';
import { compareIous } from '../../src/metrics/mask-iou/compare-ious.ts';
import { fitIouCorrection } from '../../src/metrics/mask-iou/fit-iou-correction.ts';
import { choosePoint } from '../../src/metrics/operating-points/index.ts';
import type {
	ClassificationReport,
	InspectionReport,
	Mistake,
	Picture,
	ScoredPart,
} from '../../src/training/report/report-data.ts';

/** A class, file and bundle name that tries to become markup. */
export const NASTY = `<script>alert("1")</script>&'x`;

const STEPS = 600;

export async function inspectionReport(): Promise<InspectionReport> {
	const random = new Random(5);
	const scores = scoredParts(random, 0);
	const defective = scores.filter((part) => part.defective).map((part) => part.score);
	const sound = scores.filter((part) => !part.defective).map((part) => part.score);
	const point = choosePoint('guaranteed-recall', { recall: 0.9 }, { scores: { defective, sound }, precision: 'int8' });
	const pixel = { iou: 0.61, macroIou: 0.53, dice: 0.75, perClass: { crack: 0.38, [NASTY]: 0.68 } };
	const picture = await grey(96, 96);
	const mistake = (part: ScoredPart, i: number): Mistake => ({
		...part,
		id: `${part.class}/${i}-${NASTY}.png`,
		image: picture,
		truth: picture,
		prediction: picture,
		heat: picture,
	});
	return {
		kind: 'inspection',
		name: `housing ${NASTY}`,
		version: '3',
		createdAt: '2026-01-02T03:04:05.000Z',
		model: 'unet, 128 × 128 grey',
		datasetName: 'parts/housing',
		split: 'test',
		models: [
			{
				precision: 'int8',
				evaluation: evaluation(scores, point, pixel),
				flips: { share: 0.0042, lost: 1, found: 0, alarmed: 1, cleared: 0 },
			},
			{ precision: 'fp32', evaluation: evaluation(scoredParts(new Random(6), 0.01), point, pixel) },
		],
		flips: scores
			.slice(398, 401)
			.map((part, i) => ({ ...mistake(part, i), floatScore: 1 - part.score, defective: part.defective })),
		quantization: quantizationSummary(random),
		targets: [
			{
				precision: 'int8-tensorrt',
				passed: true,
				proof: 'It keeps every published rule of TensorRT, with 20 convolutions and 24 values in int8.',
				search: {
					calibrationImages: 96,
					chosen: 'mse',
					candidates: [{ how: 'mse', score: 0.91 }],
					judgedBy: 'of held-out images',
					repairs: [{ repair: 'equalize', outcome: 'kept', gain: 0.0123, detail: `nine values ${NASTY}` }],
				},
				inFloat: [{ op: 'Conv', reason: 'it reads the image', nodes: ['first'] }],
			},
			{ precision: 'fp16', passed: false, proof: 'Outputs are not finite.', inFloat: [] },
		],
		providers: [
			{ provider: 'cpu', precision: 'fp32', ms: 12, placement: { CPUExecutionProvider: 50 } },
			{ provider: 'cpu', precision: 'int8', ms: 4, placement: { CPUExecutionProvider: 40 } },
			{ provider: 'cuda', precision: 'fp32', ms: 2, placement: { CUDAExecutionProvider: 48, CPUExecutionProvider: 2 } },
			{ provider: 'cuda', precision: 'int8', unavailable: `no kernel ${NASTY}` },
			{ provider: 'tensorrt', precision: 'fp32', unavailable: 'Failed to load shared library' },
		],
		scores,
		classConfusion: {
			classes: ['ok', 'crack', NASTY],
			counts: [
				[390, 6, 4],
				[3, 35, 2],
				[1, 0, 39],
			],
		},
		misses: scores.filter((part) => part.defective && part.score < point.threshold).map(mistake),
		falseAlarms: scores
			.filter((part) => !part.defective && part.score >= point.threshold)
			.slice(0, 4)
			.map(mistake),
		heat: 'Heat shows the probability of a defect at each pixel.',
		expectedIou: iouComparison(random),
		robustness: {
			split: 'val',
			precision: 'int8',
			n: { ok: 48, defect: 16 },
			of: 480,
			curves: ['Rotation', 'Shift', 'Brightness', 'Blur'].map((change, i) => ({
				change,
				unit: ['degrees', 'share of the width', 'of full scale', 'pixels'][i],
				points: [0, 1, 2, 3, 4].map((strength) => ({
					strength,
					ap: 0.97 - 0.02 * strength ** 2,
					recall: 0.98 - 0.04 * strength,
					falseAlarms: 0.01 + 0.02 * strength,
				})),
			})),
		},
		learning: {
			points: Array.from({ length: 60 }, (_, i) => ({
				step: 10 * (i + 1),
				loss: 1.4 * Math.exp(-i / 12) + 0.05 + 0.02 * random.uniform(),
				terms: { 'mask.bce': 0.9 * Math.exp(-i / 10) + 0.02, 'mask.dice': 0.5 * Math.exp(-i / 15) + 0.03 },
				learningRate: 2e-3 * Math.sin((Math.PI * (i + 1)) / 61),
			})),
			metric: {
				name: 'AP and macro IoU, mean',
				points: [0.4, 0.62, 0.71, 0.76, 0.78, 0.74, 0.73, 0.72].map((value, i) => ({
					step: (STEPS / 8) * (i + 1),
					value,
				})),
			},
			best: { step: 375, metric: 0.78 },
			stoppedEarly: true,
		},
		gradients: gradientWatch(random),
		dataset: {
			dataset: 'parts/housing',
			layout: 'class-folders',
			samples: 2400,
			groups: 2210,
			soundClass: 'ok',
			counts: {
				ok: { train: 1200, val: 400, test: 400 },
				crack: { train: 120, val: 40, test: 40 },
				[NASTY]: { train: 120, val: 40, test: 40 },
			},
			sizes: { '640×480': 2390, '641×480': 10 },
			lookAlikes: { threshold: 0.7, pairs: 0, images: 0, acrossSplits: [] },
			findings: [{ level: 'warning', about: NASTY, message: 'a defective part whose mask is empty' }],
			digest: 'a3f1'.repeat(16),
			sheet: await grey(480, 120),
		},
		pictures: await Promise.all([150, 300, 600].map(async (step) => ({ step, picture: await grey(194, 392) }))),
		run: {
			facts: [
				['Network', 'unet'],
				['Seed', '0'],
				['Host', 'AMD EPYC, 2 cores, linux x64'],
				['Andon', '0.1.0'],
			],
			stages: [
				{ name: 'reading images', seconds: 2.4 },
				{ name: 'training', seconds: 184 },
				{ name: 'quantizing', seconds: 21 },
			],
			configuration: { network: { name: 'unet', options: { note: NASTY } }, steps: STEPS },
		},
	};
}

/** A model that is too sure of its masks. */
function iouComparison(random: Random) {
	const pairs = Array.from({ length: 120 }, (_, i) => {
		const expected = random.between(0.1, 0.95);
		return { expected, measured: expected * random.between(0.3, 0.9), group: `${i}` };
	});
	return compareIous({ pairs, unmarked: 3, markedSound: [0.2, 0.4], sound: 400 }, fitIouCorrection(pairs));
}

export async function classificationReport(): Promise<ClassificationReport> {
	const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', NASTY, 'truck'];
	const counts = classes.map((_, i) =>
		classes.map((_, j) => (i === j ? 780 + 15 * i : (220 - 15 * i) / 9)).map(Math.round),
	);
	const right = counts.reduce((sum, row, i) => sum + row[i], 0);
	const picture = await grey(96, 96);
	return {
		kind: 'classification',
		name: 'cifar-10',
		createdAt: '2026-01-02T03:04:05.000Z',
		model: 'simple-cnn, 32 × 32 colour',
		datasetName: 'cifar-10',
		split: 'test',
		accuracy: right / counts.flat().reduce((a, b) => a + b, 0),
		confusion: { classes, counts },
		epochs: Array.from({ length: 10 }, (_, i) => ({
			epoch: i + 1,
			trainLoss: 1.8 * Math.exp(-i / 4) + 0.2,
			valLoss: 1.7 * Math.exp(-i / 3) + 0.5 + 0.02 * i,
			trainAccuracy: 0.95 - 0.6 * Math.exp(-i / 4),
			valAccuracy: 0.8 - 0.45 * Math.exp(-i / 3),
			learningRate: 1e-3,
		})),
		bestEpoch: 10,
		mistakes: [{ id: 'cat/7.jpg', class: 'cat', predicted: 'dog', score: 0.99, image: picture, heat: picture }],
	};
}

/** 400 sound and 80 defective parts, overlapping a little. */
function scoredParts(random: Random, shift: number): ScoredPart[] {
	const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
	return Array.from({ length: 480 }, (_, i) => {
		const defective = i >= 400;
		const score = sigmoid((defective ? 4 : -4) + 2 * random.normal() + shift);
		return { score, defective, class: !defective ? 'ok' : i % 2 ? 'crack' : NASTY };
	});
}

function quantizationSummary(random: Random): InspectionReport['quantization'] {
	const layers = Array.from({ length: 24 }, (_, i) => ({
		name: i === 0 ? NASTY : `decoder/stage-${i >> 1}/convolution-${i % 2}/relu_${i}`,
		op: i === 0 ? 'input' : i % 5 === 4 ? 'Add' : 'Conv',
		seen: { min: i % 3 === 1 ? -4.21 * random.uniform() : 0, max: 1 + 9 * random.uniform() },
		scale: 0.01 + 0.04 * random.uniform(),
		zeroPoint: i % 3 === 1 ? 97 : 0,
		sqnrDb: i === 0 ? null : 46 - 0.8 * i + 6 * random.uniform() - (i === 15 ? 14 : 0),
		saturated: i % 4 === 0 ? 0.00012 : 0,
		weights:
			i > 0 && i % 5 !== 4
				? {
						largest: 0.42,
						counts: Array.from({ length: 31 }, (_, k) => Math.round(900 * Math.exp(-((k - 15) ** 2) / 20))),
					}
				: undefined,
		...(i === 22 && { inFloat: true }),
	}));
	return {
		calibrationImages: 128,
		chosen: 'percentile 99.99',
		candidates: [
			{ how: 'min-max', score: 0.8123 },
			{ how: 'percentile 99.99', score: 0.8241 },
			{ how: 'kl', score: null },
		],
		judgedBy: 'held-out score',
		repairs: [
			{ repair: 'equalize', outcome: 'dropped', gain: -0.0004, detail: 'scales of 14 pairs of convolutions' },
			{ repair: 'correct-bias', outcome: 'kept', gain: 0.0031, detail: `means of ${NASTY}` },
			{ repair: 'round-weights', outcome: 'not needed', gain: null, detail: 'close enough' },
		],
		layers,
		inFloat: [
			{ op: 'Sigmoid', reason: 'the probabilities leave the model in float', nodes: ['mask/sigmoid'] },
			{ op: 'HardSwish', reason: 'there is no integer kernel', help: 'ReLU has one', nodes: ['a', 'b', 'c', 'd'] },
		],
		audit: { passed: false, fused: 22, floatConvolutions: [`Conv ${NASTY}`], strayPairs: [] },
		speed: { fp32Ms: 54.1, int8Ms: 21.4, ratio: 2.53, threads: 1 },
	};
}

function gradientWatch(random: Random): InspectionReport['gradients'] {
	const layers = Array.from({ length: 14 }, (_, i) => `down${i >> 1}/${i % 2 ? 'b' : 'a'}/conv/weight`);
	const steps = Array.from({ length: 40 }, (_, i) => 15 * (i + 1));
	const norms = steps.map((_, i) => layers.map((_, j) => 10 ** (-2 + j / 7 - i / 40) * (0.6 + 0.8 * random.uniform())));
	return {
		steps,
		layers,
		norms,
		warnings: [
			{ step: 300, layer: layers[0], kind: 'vanishing', message: `Barely learns ${NASTY}: use He initialisation.` },
		],
	};
}

async function grey(width: number, height: number): Promise<Picture> {
	const data = Uint8Array.from({ length: width * height }, (_, i) => 90 + ((i % width) / width) * 100);
	const jpeg = await encodeJpeg({ width, height, channels: 1, data });
	return { src: `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`, width, height };
}
