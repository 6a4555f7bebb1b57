/** What the bench inspects with: the shipped demo, and the same network at 512² with details as large as it knows them. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CALIBRATION_FILE } from '../../bundle/calibration.ts';
import { type Bundle, openBundle } from '../../bundle/open-bundle.ts';
import { writeParity } from '../../bundle/parity.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import { decodeModel, encodeModel } from '../../graph/codec/codec.ts';
import { SimulatedLine } from '../../imaging/simulated-line/simulated-line.ts';
import { type Inspector, openInspector } from '../../inference/inspector-model.ts';
import { driftFiles } from '../../pipeline/drift-file.ts';
import { enlargeGraph } from './enlarge-graph.ts';

const DEMO = fileURLToPath(new URL('../../../models/demo', import.meta.url));

/** Change it when what is made below changes. */
const EDITION = 1;
const FACTOR = 4;
const SIDE = 512;
/** Beyond the scores of most sound parts: larger images make all scores higher. */
const THRESHOLD = 0.9;
/** Parts that the drift watch is told of, one half each for its two references. */
const PARTS = 160;

export interface BenchBundle {
	readonly name: string;
	/** Folder of the bundle. */
	readonly dir: string;
	/** The int8 model. */
	readonly model: Uint8Array;
	readonly side: number;
	/** Of the simulator, so that it draws parts as the model knows them. */
	readonly scale: number;
	/** A part is flagged from this score on. */
	readonly threshold: number;
}

export async function demoBundle(): Promise<BenchBundle> {
	const bundle = await openBundle(DEMO);
	const { threshold } = bundle.manifest.operatingPoint;
	return { name: 'demo 128²', dir: DEMO, model: bundle.model('int8'), side: 128, scale: 1, threshold };
}

/** Made once and kept in the folder of temporary files, under the digest of what it was made of. */
export async function largeBundle(): Promise<BenchBundle> {
	const demo = await openBundle(DEMO);
	const dir = join(tmpdir(), `andon-bench-${EDITION}-${demo.manifestHash.slice(0, 16)}`);
	if (!existsSync(dir)) await writeLarge(demo, dir);
	const bundle = await openBundle(dir);
	return { name: '512² mono', dir, model: bundle.model('int8'), side: SIDE, scale: 1, threshold: THRESHOLD };
}

async function writeLarge(demo: Bundle, dir: string): Promise<void> {
	const model = encodeModel(enlargeGraph(decodeModel(demo.model('int8')), FACTOR));
	const input = { width: SIDE, height: SIDE, channels: 1 } as const;
	const inspector = await openInspector({ bytes: model, input });
	try {
		const { name, version, createdAt, outputs, classes } = demo.manifest;
		const drift = await driftOf(model, inspector);
		const parity = await writeParity([drawn(0), drawn(1)], { int8: inspector.inspect });
		await writeBundle(dir, {
			manifest: {
				name: `${name}-${SIDE}`,
				version,
				createdAt,
				input,
				outputs,
				classes,
				models: [{ role: 'inspector', precision: 'int8', file: 'inspector.int8.onnx', default: true }],
				operatingPoint: { threshold: THRESHOLD, method: 'fixed', precision: 'int8' },
				metrics: {},
				training: {},
			},
			files: new Map<string, Uint8Array | string>([
				['inspector.int8.onnx', model],
				[CALIBRATION_FILE, JSON.stringify({ formatVersion: 1, certifyingSplit: 'none', exposures: [] })],
				...parity,
				...drift,
			]),
		});
	} finally {
		await inspector.close();
	}
}

function drawn(index: number): Uint8Array {
	return new SimulatedLine({ width: SIDE, height: SIDE, scale: 1, seed: 1, defectRate: 0.1 }).part(index).pixels.data;
}

/** So that the drift watch is on, as it is with any bundle of the trainer. */
async function driftOf(model: Uint8Array, { inspect }: Inspector): Promise<[string, string][]> {
	const data = new Uint8Array(PARTS * SIDE * SIDE);
	const scores: number[] = [];
	for (let i = 0; i < PARTS; i++) {
		const pixels = drawn(i);
		data.set(pixels, i * SIDE * SIDE);
		scores.push((await inspect(pixels)).score);
	}
	const sample = (i: number) => ({ id: `${i}`, group: `${i}`, class: 'ok', label: 0, defective: false });
	const half = (from: number, to: number) => ({
		width: SIDE,
		height: SIDE,
		channels: 1 as const,
		samples: Array.from({ length: to - from }, (_, i) => sample(from + i)),
		images: data.subarray(from * SIDE * SIDE, to * SIDE * SIDE),
		masks: new Uint8Array(),
		hasMask: new Uint8Array(to - from),
		classes: ['ok'],
	});
	const middle = PARTS / 2;
	return driftFiles({
		dataset: 'simulated',
		bank: half(0, middle),
		held: half(middle, PARTS),
		models: new Map([['int8', model]]),
		scores: new Map([['int8', scores.slice(middle)]]),
	});
}
