/** Preset, file and flags, laid over each other and checked as one. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { PRESETS, type TrainOptions, trainOptions } from './train-options.ts';

export interface TrainFlags {
	readonly preset: keyof typeof PRESETS;
	readonly config?: string;
	/** `path.to.key=value`, the value in YAML. */
	readonly set: readonly string[];
	readonly steps?: number;
	readonly size?: number;
	readonly batch?: number;
	readonly seed?: number;
	readonly recall?: number;
	readonly confidence?: number;
}

type Tree = { [key: string]: unknown };

/** @throws CONFIG_INVALID naming what is wrong, FILE_UNREADABLE */
export async function readTrainOptions(flags: TrainFlags): Promise<TrainOptions> {
	const { steps, size, batch, seed, recall, confidence } = flags;
	const file = flags.config ? await readYaml(flags.config) : {};
	let tree = merge(PRESETS[flags.preset] as unknown as Tree, file);
	tree = merge(tree, { steps, batch, seed, recall, confidence, width: size, height: size });
	for (const entry of flags.set) tree = merge(tree, assignment(entry));
	return parseWith(trainOptions, tree, 'training settings');
}

async function readYaml(path: string): Promise<Tree> {
	try {
		return (parse(await readFile(path, 'utf8')) ?? {}) as Tree;
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{
				expected: `training settings in YAML at ${path}`,
				found: messageOf(cause),
				fix: 'Check the path and the YAML.',
			},
			{ cause },
		);
	}
}

function assignment(entry: string): Tree {
	const at = entry.indexOf('=');
	if (at < 1)
		throw new AndonError('USAGE', {
			expected: '--set path=value',
			found: entry,
			fix: 'For example --set network.options.base=32.',
		});
	const value: unknown = parse(entry.slice(at + 1));
	return entry
		.slice(0, at)
		.split('.')
		.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

/** Later trees win, key by key; lists are replaced whole; undefined leaves what was there. */
function merge(base: Tree, over: Tree): Tree {
	const result = { ...base };
	for (const [key, value] of Object.entries(over)) {
		if (value === undefined) continue;
		const old = result[key];
		result[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
	}
	return result;
}

function isTree(value: unknown): value is Tree {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
