/** The table of targets: what can be made of one float model, for which hardware, and what proves that it is right for it. */
import type { Graph } from '../../graph/graph.ts';
import { type QuantizationOptions, type QuantizationReport, quantizeModel } from '../quantize-model.ts';
import type { Sample } from '../sample.ts';
import { type HalfOptions, type HalfReport, writeHalf } from './fp16.ts';
import { type TensorrtReport, writeTensorrt } from './tensorrt.ts';

export interface TargetOptions extends QuantizationOptions, HalfOptions {
	/** Instead of `repairs`, for single targets. */
	readonly repairsOf?: Readonly<Partial<Record<'cpu' | 'tensorrt', QuantizationOptions['repairs']>>>;
}

interface Target<Report> {
	/** Its name in a bundle. */
	readonly precision: 'int8' | 'int8-tensorrt' | 'fp16';
	/** For people. */
	readonly what: string;
	write(
		graph: Graph,
		samples: readonly Sample[],
		options: TargetOptions,
	): Promise<{ readonly graph: Graph; readonly report: Report }>;
	/** Whether the report proves that the hardware will run it as meant. */
	passed(report: Report): boolean;
}

export const TARGETS = {
	cpu: {
		precision: 'int8',
		what: 'integers as ONNX Runtime fuses them on a CPU, proved by an audit of the graph that really runs',
		write: quantizeModel,
		passed: ({ audit }) => audit.passed,
	} satisfies Target<QuantizationReport>,
	tensorrt: {
		precision: 'int8-tensorrt',
		what: 'symmetric int8 for TensorRT, checked against its published rules',
		write: writeTensorrt,
		passed: ({ violations, convolutions }) => violations.length === 0 && convolutions > 0,
	} satisfies Target<TensorrtReport>,
	fp16: {
		precision: 'fp16',
		what: 'mixed float16 for GPUs, proved not to overflow on adversarial frames',
		write: writeHalf,
		passed: ({ check }) => check.passed,
	} satisfies Target<HalfReport>,
} as const;

export type TargetName = keyof typeof TARGETS;

/** What became of each target that was written. */
export type TargetReports = { readonly [Name in TargetName]?: ReportOf<Name> };

type ReportOf<Name extends TargetName> = Awaited<ReturnType<(typeof TARGETS)[Name]['write']>>['report'];
