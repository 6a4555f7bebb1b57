/** Names inside a bundle: what its models compute in, and where its files may lie. */
import { z } from 'zod';

/**
 * What a model computes in: float; integers as ONNX Runtime's CPU kernels fuse them; integers as TensorRT's rules want
 * them; mixed float16 for GPUs.
 */
export const PRECISIONS = ['fp32', 'int8', 'int8-tensorrt', 'fp16'] as const;

export type Precision = (typeof PRECISIONS)[number];

/** A relative path that is the same on every file system and cannot leave the folder: no empty, `.` or `..` segment. */
export const bundlePath = z
	.string()
	.regex(
		/^(?!\.{1,2}(?:\/|$))[\w.@+ -]+(?:\/(?!\.{1,2}(?:\/|$))[\w.@+ -]+)*$/,
		'expected a relative path inside the bundle, of plain characters and forward slashes',
	);
