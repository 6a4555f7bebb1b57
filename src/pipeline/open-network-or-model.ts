/** What `andon analyze` looks at: one of our networks by name, or any ONNX file, with the sizes of its inputs. */
import { existsSync } from 'node:fs';
import { AndonError } from '../base/errors.ts';
import { readModelFile } from '../graph/codec/codec.ts';
import type { Graph, Shape, Value } from '../graph/graph.ts';
import { NETWORKS, type NetworkName } from '../networks/index.ts';
import { readOptions } from '../training/read-options.ts';
import { type ImageSize, parseImageSize } from './parse-image-size.ts';

export interface OpenFlags {
	/** `224`, or `320x240` for width × height. */
	readonly size?: string;
	readonly channels?: number;
	/** Options of a network, or named sizes of a model. */
	readonly set: readonly string[];
}

export interface Opened {
	readonly graph: Graph;
	/** Shapes of inputs that the flags settle, by name. */
	readonly shapes: Readonly<Record<string, Shape>>;
}

/** @throws USAGE, FILE_UNREADABLE, MODEL_UNREADABLE, CONFIG_INVALID */
export async function openNetworkOrModel(target: string, flags: OpenFlags): Promise<Opened> {
	const size = flags.size === undefined ? undefined : parseImageSize(flags.size);
	if (Object.hasOwn(NETWORKS, target)) return openNetwork(target as NetworkName, flags, size);
	if (target.endsWith('.onnx') || existsSync(target)) return openModelFile(target, flags, size);
	throw new AndonError('USAGE', {
		expected: `an ONNX file or a network: ${Object.keys(NETWORKS).join(', ')}`,
		found: target,
		fix: 'Check the name, or give the path of a file.',
	});
}

/** Weights stay zero: only their number counts. */
async function openNetwork(name: NetworkName, { channels, set }: OpenFlags, size?: ImageSize): Promise<Opened> {
	const { optionsSchema, create } = NETWORKS[name];
	const options = await readOptions(
		optionsSchema,
		{ preset: { channels: 3, initializer: 'zeros' }, flags: { channels, ...size }, set },
		`options of ${name}`,
	);
	return { graph: create(options), shapes: {} };
}

async function openModelFile(path: string, { channels, set }: OpenFlags, size?: ImageSize): Promise<Opened> {
	const graph = readModelFile(path);
	const named = new Map(set.map(namedSize));
	const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	expectNames(named, inputs);
	return {
		graph,
		shapes: Object.fromEntries(inputs.map((input) => [input.name, settled(input, named, channels, size)])),
	};
}

function namedSize(entry: string): [string, number] {
	const at = entry.lastIndexOf('=');
	const value = Number(entry.slice(at + 1));
	if (at > 0 && Number.isInteger(value) && value > 0) return [entry.slice(0, at), value];
	throw new AndonError('USAGE', {
		expected: '--set <name of a size>=<number> for an ONNX file',
		found: entry,
		fix: 'For example --set sequence=128.',
	});
}

function expectNames(named: ReadonlyMap<string, number>, inputs: readonly Value[]): void {
	const known = new Set(inputs.flatMap(({ shape }) => (shape ?? []).filter((d) => typeof d === 'string' && d !== '')));
	const unknown = [...named.keys()].filter((name) => !known.has(name));
	if (unknown.length === 0) return;
	throw new AndonError('CONFIG_INVALID', {
		expected: `names of the model's sizes (${[...known].join(', ') || 'it has none'})`,
		found: unknown.join(', '),
		fix: 'Correct --set.',
	});
}

/** Images are [N, C, H, W], or [N, H, W, C] when only the last axis can be channels. A batch that is left open is one image. */
function settled(
	{ shape = [] }: Value,
	named: ReadonlyMap<string, number>,
	channels?: number,
	size?: ImageSize,
): Shape {
	const given = shape.map((d) => (typeof d === 'string' ? (named.get(d) ?? d) : d));
	const batch = given.map((d, axis) => (axis === 0 && typeof d === 'string' ? 1 : d));
	if (given.length !== 4) return batch;
	const last = isChannels(given[3]) && !isChannels(given[1]);
	const [height, width, depth] = last ? [1, 2, 3] : [2, 3, 1];
	return batch.map((d, axis) => {
		if (axis === height) return size?.height ?? d;
		if (axis === width) return size?.width ?? d;
		return axis === depth && typeof d === 'string' ? (channels ?? d) : d;
	});
}

function isChannels(size: Shape[number]): boolean {
	return typeof size === 'number' && size <= 4;
}
