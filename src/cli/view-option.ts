/** `--view`: the file that says which part of an image is inspected, and how. */
import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import type { View } from '../imaging/view/view.ts';

export function viewOption(what = 'images are looked at'): Option {
	return new Option('--view <file>', `YAML or JSON: region of interest and tiles through which ${what}`);
}

/** @throws FILE_UNREADABLE, CONFIG_INVALID */
export async function readView(file: string | undefined): Promise<View | undefined> {
	if (file === undefined) return undefined;
	const { viewSchema } = await import('../imaging/view/view.ts');
	return parseWith(viewSchema, await readDocument(file), file);
}

async function readDocument(file: string): Promise<unknown> {
	const text = await readFile(file, 'utf8').catch((cause) => {
		const facts = { expected: `a readable file ${file}`, found: messageOf(cause), fix: 'Check the path.' };
		throw new AndonError('FILE_UNREADABLE', facts, { cause });
	});
	try {
		return parseYaml(text);
	} catch (cause) {
		const facts = { expected: `${file} to be YAML`, found: messageOf(cause), fix: 'Correct that line and try again.' };
		throw new AndonError('CONFIG_INVALID', facts, { cause });
	}
}
