/** The table of engines. */
import type { StepOptions } from '../step-graph.ts';
import type { Engine } from './engine.ts';
import { openOrtEngine } from './ort/ort-engine.ts';
import { openTfjsEngine } from './tfjs/tfjs-engine.ts';

export interface EngineOptions extends StepOptions {
	/** Threads of ONNX Runtime; TensorFlow.js sees to its own. */
	readonly threads?: number;
	/** File-name prefix of a profile that ONNX Runtime writes, finished when the engine closes. */
	readonly profilePrefix?: string;
}

export const ENGINES = { ort: openOrtEngine, tfjs: openTfjsEngine } as const satisfies Record<
	string,
	(options: EngineOptions) => Promise<Engine>
>;

export type EngineName = keyof typeof ENGINES;
