/** The simulated line as a camera: seeded parts with exact masks, for the demo, for tests and for trying a station out. */

import { z } from 'zod';
import { monotonicMs } from '../../../base/clock.ts';
import { fitPixels } from '../../../imaging/decode-image.ts';
import { SimulatedLine, simulatedLineSettings } from '../../../imaging/simulated-line/simulated-line.ts';
import type { Camera, CameraContext, Exposure, Shot } from '../camera.ts';
import { Pace } from '../pace.ts';

const { width, height, scale, surfaces, defectRate } = simulatedLineSettings.shape;

export const simulatorOptions = z.strictObject({
	// Not the trainer's default seed: a station must not be shown the parts that its model was trained on.
	seed: z.int().min(0).default(2_000_001).meta({ description: 'The same seed gives the same parts' }),
	fps: z
		.number()
		.positive()
		.max(1000)
		.optional()
		.meta({ description: 'Parts a second; as fast as possible if absent' }),
	count: z.int().positive().optional().meta({ description: 'Ends after so many parts; endless if absent' }),
	width: width.unwrap().optional().meta({ description: "Pixels; the model's width if absent" }),
	height: height.unwrap().optional().meta({ description: "Pixels; the model's height if absent" }),
	scale: scale.meta({ description: 'Pixels per unit of detail; one 128th of the shorter side if absent' }),
	prerender: z.int().min(1).max(10_000).optional().meta({
		description: 'So many pictures are drawn at the start and shown again and again, for lines faster than drawing',
	}),
	defectRate: defectRate.unwrap().default(0.1).meta({ description: 'Share of parts with a defect' }),
	surfaces: surfaces.meta({ description: 'Materials that parts are made of' }),
	tellTruth: z.boolean().default(true).meta({
		description: 'Says which parts are defective and where, to measure by; a real camera does not',
	}),
});

export type SimulatorOptions = z.infer<typeof simulatorOptions>;

const cursorSchema = z.object({ seed: z.int(), index: z.int().min(0) });

export class SimulatorCamera implements Camera {
	readonly patient = true;
	readonly #line: SimulatedLine;
	readonly #channels: 1 | 3;
	readonly #count: number;
	readonly #pace: Pace;
	readonly #prerender: number | undefined;
	readonly #tellTruth: boolean;
	#drawn: Exposure[] = [];
	#index = 0;

	constructor(options: SimulatorOptions, { input, cursor }: CameraContext) {
		const { seed, width = input.width, height = input.height, scale, defectRate, surfaces } = options;
		this.#line = new SimulatedLine({ seed, width, height, scale, defectRate, surfaces });
		this.#prerender = options.prerender;
		this.#tellTruth = options.tellTruth;
		this.#channels = input.channels;
		this.#count = options.count ?? Number.POSITIVE_INFINITY;
		this.#pace = new Pace(options.fps);
		const { data } = cursorSchema.safeParse(cursor);
		if (data?.seed === seed) this.#index = data.index + 1;
	}

	async start(): Promise<void> {
		for (let index = 0; index < (this.#prerender ?? 0); index++) this.#drawn.push(await this.#draw(index));
	}

	async next(signal: AbortSignal): Promise<Shot | undefined> {
		if (this.#index >= this.#count) return undefined;
		await this.#pace.turn(signal);
		const index = this.#index++;
		const { seed } = this.#line.settings;
		const picture = this.#prerender ? index % this.#prerender : index;
		const { defectClass } = this.#line.plan(picture);
		return {
			partId: `simulated-${seed}-${index}`,
			cursor: { seed, index } satisfies z.infer<typeof cursorSchema>,
			acquiredAt: new Date().toISOString(),
			monotonicMs: monotonicMs(),
			simulated: true,
			...(this.#tellTruth ? { truth: defectClass ? { defective: true, defectClass } : { defective: false } } : {}),
			read: async () => this.#drawn[picture] ?? (await this.#draw(picture)),
		};
	}

	async stop(): Promise<void> {
		this.#drawn = [];
	}

	async #draw(index: number): Promise<Exposure> {
		const { pixels, mask } = this.#line.part(index);
		const fitted = await fitPixels(pixels, { channels: this.#channels });
		return this.#tellTruth ? { pixels: fitted, mask } : { pixels: fitted };
	}
}
