/** A file of weights, whatever its format, and whose names it uses. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { AndonError, messageOf } from '../../base/errors.ts';
import { decodeModel } from '../../graph/codec/codec.ts';
import type { Graph, Tensor } from '../../graph/graph.ts';
import { readSafetensors } from './safetensors.ts';
import { SCHEMES } from './schemes/index.ts';
import type { Scheme } from './schemes/scheme.ts';

export interface Weights {
	readonly path: string;
	/** Float tensors by the names that the file gives them. */
	readonly tensors: ReadonlyMap<string, Tensor>;
	/** The layers that they belong to, when the file has them. */
	readonly graph?: Graph;
	/** Whose names they are, when they are known. */
	readonly scheme?: Scheme;
}

/**
 * Reads safetensors or ONNX.
 *
 * @throws FILE_UNREADABLE, WEIGHTS_UNREADABLE for other formats and damaged files, MODEL_UNREADABLE, MODEL_UNSUPPORTED
 */
export async function readWeights(path: string): Promise<Weights> {
	const bytes = await read(path);
	switch (extname(path).toLowerCase()) {
		case '.safetensors':
			return named(path, readSafetensors(bytes));
		case '.onnx': {
			const graph = decodeModel(bytes);
			const floats = [...graph.initializers].filter(([, tensor]) => tensor.type === 'float32');
			return { ...named(path, new Map(floats)), graph };
		}
		default:
			throw new AndonError('WEIGHTS_UNREADABLE', {
				expected: 'weights as .safetensors or .onnx',
				found: path,
				fix: 'Save them with safetensors.torch.save_file or safetensors.numpy.save_file, or export the model to ONNX.',
			});
	}
}

function named(path: string, tensors: ReadonlyMap<string, Tensor>): Weights {
	const names = new Set(tensors.keys());
	return { path, tensors, scheme: SCHEMES.find((scheme) => scheme.recognises(names)) };
}

async function read(path: string): Promise<Uint8Array> {
	try {
		return await readFile(path);
	} catch (cause) {
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `weights at ${path}`, found: messageOf(cause), fix: 'Check the path.' },
			{ cause },
		);
	}
}
