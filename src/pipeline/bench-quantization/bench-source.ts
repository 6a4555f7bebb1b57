/** What the quantization bench can be pointed at: bundles, model files, networks of ours, and networks of torch. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AndonError } from '../../base/errors.ts';
import type { Manifest } from '../../bundle/manifest.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { foldBatchNorm } from '../../graph/passes/fold-batch-norm.ts';
import { deploy } from '../../networks/deploy.ts';
import { NETWORKS, type NetworkName } from '../../networks/index.ts';
import { readOptions } from '../../training/read-options.ts';
import { importForQuantization } from '../quantize-file/import-for-quantization.ts';
import { forPeer } from './for-peer.ts';

export interface BenchSource {
	readonly name: string;
	/** A file of the float model, which the peer reads. */
	readonly path: string;
	/** What ours quantizes: the same model. */
	readonly graph: Graph;
	/** Its weights are random, so that classes mean nothing. */
	readonly random?: boolean;
	/** The bundle that it is from. */
	readonly manifest?: Manifest;
	/** Images that it was made for, where that is known. */
	readonly images?: string;
}

/** Networks with random weights and the shipped bundle: what there is where nobody named a model. */
export const BENCH_MODELS = [
	'demo',
	'unet',
	'mobilenet-v2-unet',
	'torch:unet',
	'torch:mobilenet_v2',
	'torch:resnet18',
] as const;

const DEMO = fileURLToPath(new URL('../../../models/demo', import.meta.url));
const EXPORT = fileURLToPath(new URL('../../../bench/export_torch.py', import.meta.url));

/** What the demo bundle was trained on, drawn with another seed. */
const DEMO_IMAGES = 'simulated:seed=77,count=600';
/** Pixels of the networks' input. */
const SIDE = { ours: 128, torch: 224 } as const;

/**
 * @param target one of {@link BENCH_MODELS}, `torch:` and a name that `bench/export_torch.py` knows, a bundle or an ONNX file
 * @param folder for models that have no file yet
 * @throws USAGE, what opening throws, and ENGINE_UNAVAILABLE when Python cannot export
 */
export async function openBenchSource(target: string, folder: string, python: string): Promise<BenchSource> {
	if (target === 'demo') return { ...(await fromBundle('demo', DEMO, folder)), images: DEMO_IMAGES };
	if (Object.hasOwn(NETWORKS, target)) return fromNetwork(target as NetworkName, folder);
	if (target.startsWith('torch:')) return fromTorch(target.slice('torch:'.length), folder, python);
	if (target.endsWith('.onnx')) return { name: target, path: target, graph: importForQuantization(target) };
	if (existsSync(join(target, 'manifest.json'))) return fromBundle(target, target, folder);
	throw new AndonError('USAGE', {
		expected: `a bundle, an ONNX file or one of ${BENCH_MODELS.join(', ')}`,
		found: target,
		fix: 'Check the name or the path.',
	});
}

async function fromBundle(name: string, dir: string, folder: string): Promise<BenchSource> {
	const { manifest } = await openBundle(dir);
	const file = manifest.models.find(({ precision }) => precision === 'fp32')?.file;
	if (!file)
		throw new AndonError('BUNDLE_INVALID', {
			expected: `a float model in ${dir}`,
			found: manifest.models.map(({ precision }) => precision).join(', '),
			fix: 'Name a bundle that keeps its float model.',
		});
	return { ...(await ours(name, importForQuantization(join(dir, file)), folder)), manifest };
}

async function fromNetwork(name: NetworkName, folder: string): Promise<BenchSource> {
	const { optionsSchema, create } = NETWORKS[name];
	const preset = { channels: 3, width: SIDE.ours, height: SIDE.ours };
	const network = create(await readOptions(optionsSchema, { preset, flags: {}, set: [] }, `options of ${name}`));
	return { ...(await ours(`${name}, random weights`, foldBatchNorm(deploy(network)).graph, folder)), random: true };
}

async function ours(name: string, graph: Graph, folder: string): Promise<BenchSource> {
	const path = join(folder, 'float.onnx');
	await writeFile(path, encodeModel(forPeer(graph)));
	return { name, path, graph };
}

async function fromTorch(name: string, folder: string, python: string): Promise<BenchSource> {
	const path = join(folder, `${name}.onnx`);
	const { status, stderr, error } = spawnSync(python, [EXPORT, name, path, String(SIDE.torch)], { encoding: 'utf8' });
	if (status !== 0)
		throw new AndonError('ENGINE_UNAVAILABLE', {
			expected: `Python with torch and torchvision to export ${name}`,
			found: error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`,
			fix: 'Give another interpreter with --python, or name ONNX files.',
		});
	return { name: `torch ${name}, random weights`, path, graph: importForQuantization(path), random: true };
}
