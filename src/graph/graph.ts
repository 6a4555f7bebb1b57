/** The ONNX graph as plain data: what every room passes around. Nothing here knows protobuf or ONNX Runtime. */

export type ElementType =
	| 'float32'
	| 'float16'
	| 'float64'
	| 'uint8'
	| 'int8'
	| 'uint16'
	| 'int16'
	| 'int32'
	| 'int64'
	| 'uint32'
	| 'uint64'
	| 'bool';

export type TensorData =
	| Float32Array
	| Float64Array
	| Uint8Array
	| Int8Array
	| Uint16Array
	| Int16Array
	| Int32Array
	| BigInt64Array
	| Uint32Array
	| BigUint64Array;

/** A constant. float16 is kept as its bits in a Uint16Array, bool as 0/1 in a Uint8Array. */
export interface Tensor {
	readonly type: ElementType;
	readonly dims: readonly number[];
	readonly data: TensorData;
}

/** A dimension: a size, or the name of a size that is known only at run time. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** What is known of a value that flows between nodes; `shape` is undefined when even the rank is unknown. */
export interface Value {
	readonly name: string;
	readonly type: ElementType;
	readonly shape: Shape | undefined;
}

export type Attribute =
	| { readonly kind: 'int'; readonly value: number }
	| { readonly kind: 'float'; readonly value: number }
	| { readonly kind: 'string'; readonly value: string }
	| { readonly kind: 'ints'; readonly value: readonly number[] }
	| { readonly kind: 'floats'; readonly value: readonly number[] }
	| { readonly kind: 'strings'; readonly value: readonly string[] }
	| { readonly kind: 'tensor'; readonly value: Tensor }
	| { readonly kind: 'graph'; readonly value: Graph };

/** One operator application. An empty string stands for an omitted optional input or output. */
export interface Node {
	readonly name: string;
	/** Operator type, such as `Conv`. */
	readonly op: string;
	/** '' is the ONNX standard domain. */
	readonly domain: string;
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A model: nodes in topological order, constants by name. */
export interface Graph {
	readonly name: string;
	readonly inputs: readonly Value[];
	readonly outputs: readonly Value[];
	readonly nodes: readonly Node[];
	readonly initializers: ReadonlyMap<string, Tensor>;
	/** Known values between nodes, by name (may be empty; `inferShapes` fills it). */
	readonly values: ReadonlyMap<string, Value>;
	/** Operator-set version by domain; '' is the ONNX standard domain. */
	readonly opsets: Readonly<Record<string, number>>;
	/** Free text by key, stored as ONNX metadata properties. */
	readonly metadata: Readonly<Record<string, string>>;
}

/** The number of elements of a static shape. */
export function sizeOf(dims: readonly number[]): number {
	return dims.reduce((product, d) => product * d, 1);
}

/** A float32 tensor. */
export function float32(dims: readonly number[], data: Float32Array | readonly number[]): Tensor {
	return { type: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** An int64 tensor from ordinary numbers. */
export function int64(dims: readonly number[], data: readonly number[]): Tensor {
	return { type: 'int64', dims, data: BigInt64Array.from(data, (v) => BigInt(v)) };
}
