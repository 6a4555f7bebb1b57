/** Whose names a file of weights uses: what each tensor is called in our networks, and how the network must be built. */

export interface Scheme {
	readonly name: string;
	/** Order of the axes of weights: `torch` is ours, [out, in, h, w]; `keras` is [h, w, in, out], of dense layers [in, out]. */
	readonly axes: 'torch' | 'keras';
	/** Whether a file's names are of this scheme. */
	recognises(names: ReadonlySet<string>): boolean;
	/** The network's options with which the weights mean what they meant where they were trained. */
	settings(names: ReadonlySet<string>): Readonly<Record<string, string>>;
	/** Our parameter for a tensor; null for one that no network needs, undefined for one that is not known. */
	target(name: string): string | null | undefined;
}

/** Parts of torch's batch normalisations by our names; the count of batches is of no use. */
const TORCH_NORM: Readonly<Record<string, string | null>> = {
	weight: 'scale',
	bias: 'bias',
	running_mean: 'mean',
	running_var: 'variance',
	num_batches_tracked: null,
};

/** An entry that a table has itself. */
export function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Our parameter of a torch batch normalisation called `layer` here. */
export function torchNorm(layer: string, part: string): string | null | undefined {
	const ours = lookUp(TORCH_NORM, part);
	return ours ? `${layer}/${ours}` : ours;
}

/** Splits `a.b.weight` into the module's path and the tensor's own name. */
export function torchParts(name: string): readonly [module: string, part: string] {
	const at = name.lastIndexOf('.');
	return [name.slice(0, at), name.slice(at + 1)];
}
