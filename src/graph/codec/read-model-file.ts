/** A model from disk, with the tensors that it keeps in files beside it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Graph } from '../graph.ts';
import { decodeModel } from './decode-model.ts';

/** @throws FILE_UNREADABLE, and what `decodeModel` throws */
export function readModelFile(path: string): Graph {
	const files = new Map<string, Uint8Array>();
	return decodeModel(read(path), (location) => {
		const known = files.get(location) ?? readFileSync(join(dirname(path), location));
		files.set(location, known);
		return known;
	});
}

function read(path: string): Uint8Array {
	try {
		return readFileSync(path);
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `an ONNX model at ${path}`, found: messageOf(cause), fix: 'Check the path.' },
			{ cause },
		);
	}
}
