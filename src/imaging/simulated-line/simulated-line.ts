/** A production line that exists only as a seed: part i can be had at any time, alone, and is always the same. */
import { z } from 'zod';
import { Random } from '../../base/random.ts';
import type { Mask, Pixels } from '../pixels.ts';
import { photograph } from './camera.ts';
import { type Canvas, poseOf } from './canvas.ts';
import { DEFECTS, type DefectName } from './defects/index.ts';
import { scatterDust } from './dust.ts';
import { SURFACES, type SurfaceName } from './surfaces/index.ts';

/** Random streams of a part: its defect draws from its own, so that a part with and without it are otherwise the same. */
const PLAN = 0;
const PART = 1;
const DEFECT = 2;
const STREAMS = 3;

/** Surfaces and defects are designed in units, so many of which a part is wide. */
const UNITS = 128;

export const SURFACE_NAMES = Object.keys(SURFACES) as SurfaceName[];
export const DEFECT_NAMES = Object.keys(DEFECTS) as DefectName[];

export const simulatedLineSettings = z.strictObject({
	seed: z.int().min(0).default(1),
	/** Pixels; at least 64 on each side, or details vanish. */
	width: z.int().min(64).max(4096).default(128),
	height: z.int().min(64).max(4096).default(128),
	/** Pixels per unit; if absent, the shorter side spans UNITS of them. */
	scale: z.number().min(0.5).max(32).optional(),
	/** Share of parts that are defective. */
	defectRate: z.number().min(0).max(1).default(0.5),
	surfaces: z.array(z.enum(SURFACE_NAMES)).min(1).default(SURFACE_NAMES),
});

export type SimulatedLineSettings = z.infer<typeof simulatedLineSettings>;

/** What part i is, before it is drawn. */
export interface PartPlan {
	readonly index: number;
	readonly surface: SurfaceName;
	/** Absent on sound parts. */
	readonly defectClass?: DefectName;
	/** 0 = barely visible, 1 = obvious; 0 on sound parts. */
	readonly severity: number;
}

export interface SimulatedPart {
	readonly pixels: Pixels;
	readonly mask: Mask;
	readonly truth: { readonly defective: boolean; readonly defectClass?: DefectName };
	readonly surface: SurfaceName;
	readonly severity: number;
}

export interface PartRequest {
	readonly seed: number;
	readonly index: number;
	readonly width: number;
	readonly height: number;
	readonly scale?: number;
	readonly surface: SurfaceName;
	/** None draws a sound part. */
	readonly defectClass?: DefectName;
	readonly severity?: number;
}

export class SimulatedLine {
	readonly settings: SimulatedLineSettings;

	constructor(settings: Partial<SimulatedLineSettings> = {}) {
		this.settings = simulatedLineSettings.parse(settings);
	}

	/** What part `index` is, without drawing it: cheap. */
	plan(index: number): PartPlan {
		const { seed, defectRate, surfaces } = this.settings;
		const random = new Random(seed, STREAMS * index + PLAN);
		const surface = random.pick(surfaces);
		if (!random.chance(defectRate)) return { index, surface, severity: 0 };
		return { index, surface, defectClass: random.pick(DEFECT_NAMES), severity: random.uniform() };
	}

	part(index: number): SimulatedPart {
		const { seed, width, height, scale } = this.settings;
		return renderPart({ seed, width, height, scale, ...this.plan(index) });
	}
}

/** Draws one part: the same request always gives the same bytes. */
export function renderPart(request: PartRequest): SimulatedPart {
	const { width, height, scale, surface, defectClass, severity = 0.5 } = request;
	const stream = (of: number) => new Random(request.seed, STREAMS * request.index + of);
	const random = stream(PART);
	const kind = SURFACES[surface];
	const canvas = emptyCanvas({ width, height, scale }, kind, random);
	kind.paint(canvas, random);
	if (defectClass) DEFECTS[defectClass](canvas, { severity, busyness: kind.busyness }, stream(DEFECT));
	scatterDust(canvas, random);
	const data = photograph(canvas, random);
	for (let i = 0; i < canvas.truth.length; i++) canvas.truth[i] *= 255;
	return {
		pixels: { width, height, channels: 1, data },
		mask: { width, height, data: canvas.truth },
		truth: defectClass ? { defective: true, defectClass } : { defective: false },
		surface,
		severity: defectClass ? severity : 0,
	};
}

function emptyCanvas(
	{ width, height, scale = Math.min(width, height) / UNITS }: Pick<PartRequest, 'width' | 'height' | 'scale'>,
	{ shift, turn }: { shift: number; turn: number },
	random: Random,
): Canvas {
	const lampAngle = -2.2 + random.between(-0.25, 0.25);
	const size = width * height;
	return {
		width,
		height,
		scale,
		light: new Float32Array(size),
		part: new Uint8Array(size),
		truth: new Uint8Array(size),
		pose: poseOf(
			width,
			height,
			scale,
			random.between(-shift, shift),
			random.between(-shift, shift),
			random.between(-turn, turn),
		),
		lamp: { x: Math.cos(lampAngle), y: Math.sin(lampAngle) },
	};
}
