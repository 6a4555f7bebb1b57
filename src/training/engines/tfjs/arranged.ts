/** A tensor with its axes as ONNX orders them, or with channels last as TF.js's kernels want images. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';

/** Where an axis of [N, C, H, W] lies in [N, H, W, C]. */
const IN_LAST = [0, 3, 1, 2];

export class Arranged {
	#plain: Tensor | undefined;
	#last: Tensor4D | undefined;

	private constructor(plain: Tensor | undefined, last: Tensor4D | undefined) {
		this.#plain = plain;
		this.#last = last;
	}

	/** In ONNX's order, such as [N, C, H, W]. */
	static plain(tensor: Tensor): Arranged {
		return new Arranged(tensor, undefined);
	}

	/** [N, H, W, C] */
	static channelsLast(tensor: Tensor): Arranged {
		return new Arranged(undefined, tensor as Tensor4D);
	}

	/** In ONNX's order; transposed when first asked for. */
	get plain(): Tensor {
		this.#plain ??= this.#last!.transpose([0, 3, 1, 2]);
		return this.#plain;
	}

	/** [N, H, W, C]; transposed when first asked for. */
	get last(): Tensor4D {
		this.#last ??= this.#plain!.transpose([0, 2, 3, 1]) as Tensor4D;
		return this.#last;
	}

	/** Whether channels are last, so that work on it is cheapest that way. */
	get isLast(): boolean {
		return this.#last !== undefined;
	}

	/** In the order it is held in; what it became goes through {@link like}. */
	get tensor(): Tensor {
		return this.#last ?? this.#plain!;
	}

	get rank(): number {
		return this.tensor.rank;
	}

	/** A tensor in the same order. */
	like(tensor: Tensor): Arranged {
		return this.isLast ? Arranged.channelsLast(tensor) : Arranged.plain(tensor);
	}

	/** Where ONNX's axis lies in {@link tensor}. */
	axis(axis: number): number {
		return this.isLast ? IN_LAST[axis] : axis;
	}

	/** A list of one entry an axis, put in the order of {@link tensor}. */
	perAxis<T>(values: readonly T[]): T[] {
		const result: T[] = [];
		for (const [axis, value] of values.entries()) result[this.axis(axis)] = value;
		return result;
	}
}

/** Applies what wants every operand in the same order, broadcasting where they differ in shape. */
export function together(values: readonly Arranged[], combine: (tensors: Tensor[]) => Tensor): Arranged {
	if (!values.some((value) => value.isLast)) return Arranged.plain(combine(values.map((value) => value.plain)));
	return Arranged.channelsLast(combine(values.map(channelsMoved)));
}

/** Broadcasting aligns axes on the right, so what has fewer than four is led by ones before its channels move last. */
function channelsMoved(value: Arranged): Tensor {
	if (value.rank === 4) return value.last;
	if (value.rank === 0) return value.plain;
	const shape = [...new Array(4 - value.rank).fill(1), ...value.plain.shape];
	return Arranged.plain(value.plain.reshape(shape)).last;
}
