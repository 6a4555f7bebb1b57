/** A convolution's weight as int8 with one scale per output channel, its bias as int32 at exactly the product of scales. */
import type { Tensor } from '../graph/graph.ts';
import { INT8, quantize, roundHalfEven, weightScale } from './parameters.ts';

const INT32 = 2 ** 31 - 1;

export interface QuantizedWeights {
	readonly weight: Tensor;
	/** float32[Co]. */
	readonly weightScales: Tensor;
	readonly bias: Tensor | undefined;
	/** float32[Co] = input scale · weight scale: ONNX Runtime fuses only where this is exact. */
	readonly biasScales: Tensor;
}

export interface WeightCorrections {
	/**
	 * Mean of each input channel on calibration data, [Ci]; with it, the bias takes back what rounding the weights does to
	 * the mean of each output channel (Nagel et al. 2019, Data-Free Quantization, bias correction).
	 */
	readonly inputMeans?: Float64Array;
	/** Codes at the scales of {@link weightScales}, instead of rounding to the nearest. */
	readonly codes?: Int8Array;
	/** Added to the bias, [Co]. */
	readonly biasShift?: Float64Array;
}

/**
 * @param weight float32 [Co, Ci/groups, …]
 * @param bias float32 [Co], if there is one
 * @param inputScale scale of the convolution's quantized input
 */
export function quantizeWeights(
	weight: Tensor,
	bias: Tensor | undefined,
	inputScale: number,
	{ inputMeans, codes: given, biasShift }: WeightCorrections = {},
): QuantizedWeights {
	const [channels] = weight.dims;
	const values = weight.data as Float32Array;
	const size = values.length / channels;
	const scales = weightScales(weight, bias, inputScale);
	const codes = given ?? new Int8Array(values.length);
	const hasBias = bias !== undefined || inputMeans !== undefined || biasShift !== undefined;
	const biases = Float64Array.from(bias?.data ?? new Float32Array(channels), Number);
	for (let c = 0; c < channels; c++) {
		const row = values.subarray(c * size, (c + 1) * size);
		const rowCodes = codes.subarray(c * size, (c + 1) * size);
		if (!given) for (let i = 0; i < size; i++) rowCodes[i] = quantize(row[i], { scale: scales[c], zeroPoint: 0 }, INT8);
		if (biasShift) biases[c] += biasShift[c];
	}
	if (inputMeans) for (const [c, shift] of meanShifts(weight, codes, scales, inputMeans).entries()) biases[c] -= shift;
	const biasScales = scales.map((scale) => scale * inputScale);
	return {
		weight: { type: 'int8', dims: weight.dims, data: codes },
		weightScales: { type: 'float32', dims: [channels], data: scales },
		bias: hasBias
			? { type: 'int32', dims: [channels], data: Int32Array.from(biases, biasCode(biasScales)) }
			: undefined,
		biasScales: { type: 'float32', dims: [channels], data: biasScales },
	};
}

/** One scale per output channel, float32[Co]. */
export function weightScales(weight: Tensor, bias: Tensor | undefined, inputScale: number): Float32Array {
	const [channels] = weight.dims;
	const values = weight.data as Float32Array;
	const size = values.length / channels;
	return Float32Array.from({ length: channels }, (_, c) =>
		scaleFor(values.subarray(c * size, (c + 1) * size), Number(bias?.data[c] ?? 0), inputScale),
	);
}

/**
 * What rounding the weights does to the mean of each output channel, [Co]: Σ (ŵ−w)·E[x], borders not counted.
 *
 * @param inputMeans E[x] of each input channel, [Ci]
 */
export function meanShifts(
	weight: Tensor,
	codes: Int8Array,
	scales: Float32Array,
	inputMeans: Float64Array,
): Float64Array {
	const [channels, perGroup] = weight.dims;
	const values = weight.data as Float32Array;
	const size = values.length / channels;
	const area = size / perGroup;
	const channelsPerGroup = (channels * perGroup) / inputMeans.length;
	return Float64Array.from(scales, (scale, c) => {
		const firstInput = Math.floor(c / channelsPerGroup) * perGroup;
		let shift = 0;
		for (let i = 0; i < size; i++) {
			const error = codes[c * size + i] * scale - values[c * size + i];
			shift += error * inputMeans[firstInput + Math.floor(i / area)];
		}
		return shift;
	});
}

/** The scale of one channel, enlarged where the bias would not fit into int32 at input scale · weight scale. */
function scaleFor(row: Float32Array, bias: number, inputScale: number): number {
	let largest = 0;
	for (const w of row) largest = Math.max(largest, Math.abs(w));
	const scale = weightScale(largest);
	const smallest = (1.0001 * 2 * Math.abs(bias)) / (2 * INT32);
	const product = scale * inputScale;
	return product < smallest && product > 0 ? Math.fround(scale * (smallest / product)) : scale;
}

function biasCode(scales: Float32Array) {
	return (bias: number, channel: number) =>
		Math.min(Math.max(roundHalfEven(bias / scales[channel]), -INT32 - 1), INT32);
}
