/** Which precision a CPU station should run by default. */
import type { QuantizationReport } from './quantize-model.ts';

/** int8 when every convolution runs on integers and it is faster than float; an int8 that does not win is not the default. */
export function recommendPrecision({ audit, speed }: QuantizationReport): 'int8' | 'fp32' {
	return audit.passed && (speed?.ratio ?? 0) > 1 ? 'int8' : 'fp32';
}
