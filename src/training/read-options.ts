/** Preset, file and flags, laid over each other and checked as one. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { z } from 'zod';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';

export interface OptionSources {
	/** What everything else is laid over. */
	readonly preset: object;
	/** A YAML file. */
	readonly config?: string;
	/** Single flags; undefined ones are left out. */
	readonly flags: Readonly<Record<string, unknown>>;
	/** `path.to.key=value`, the value in YAML. */
	readonly set: readonly string[];
}

type Tree = { [key: string]: unknown };

/**
 * @param what the settings' name, for messages
 * @throws CONFIG_INVALID naming what is wrong, FILE_UNREADABLE, USAGE
 */
export async function readOptions<T>(
	schema: z.ZodType<T>,
	{ preset, config, flags, set }: OptionSources,
	what: string,
): Promise<T> {
	const wanted = [config ? await readYaml(config) : {}, flags, ...set.map(assignment)].reduce(merge);
	return parseWith(schema, merge(preset as Tree, wanted), what);
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

/**
 * Later trees win, key by key; lists are replaced whole; undefined leaves what was there. What is chosen by another name
 * (a network, an optimizer) starts without the options of the old one.
 */
function merge(base: Tree, over: Tree): Tree {
	const renamed = base.name !== undefined && over.name !== undefined && base.name !== over.name;
	const result = renamed ? { ...base, options: undefined } : { ...base };
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
