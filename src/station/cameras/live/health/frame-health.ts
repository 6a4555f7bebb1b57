/** Watches whether the camera still sees: frozen, dark, over-exposed and blurred pictures are told, and not judged where that is asked for. */
import { AndonError } from '../../../../base/errors.ts';
import type { FrameLook } from './frame-look.ts';
import type { HealthOptions } from './health-options.ts';

type Symptom = keyof HealthOptions;

const WORST_FIRST: readonly Symptom[] = ['dark', 'frozen', 'overExposed', 'blurred'];
/** Frames from which the sharpness of this camera is learned. */
const LEARNING = 50;

export class FrameHealth {
	readonly #options: HealthOptions;
	readonly #inARow: Record<Symptom, number> = { frozen: 0, dark: 0, overExposed: 0, blurred: 0 };
	/** Frames in a row without it. */
	readonly #goodInARow: Record<Symptom, number> = { frozen: 0, dark: 0, overExposed: 0, blurred: 0 };
	/** Told, and not yet over: a picture at the limit is told once, not with every other frame. */
	readonly #told = new Set<Symptom>();
	/** Of the frame before, and since when frames are like it, ms. */
	#digest: number | undefined;
	#stillSince = 0;
	/** Of the frame of the part before. */
	#partDigest: number | undefined;
	#still = false;
	#learned: number[] = [];
	#usual: number | undefined;

	constructor(options: HealthOptions) {
		this.#options = options;
	}

	/** @param monotonicMs when the frame arrived */
	frame({ digest, highlights, white, sharpness }: FrameLook, monotonicMs: number): void {
		const { frozen, dark, overExposed, blurred } = this.#options;
		this.#goodInARow.frozen = digest === this.#digest ? 0 : this.#goodInARow.frozen + 1;
		if (digest !== this.#digest) this.#stillSince = monotonicMs;
		this.#digest = digest;
		if (digest !== this.#partDigest) this.#inARow.frozen = 0;
		this.#still = monotonicMs - this.#stillSince >= frozen.stillMs;
		this.#count('dark', highlights < dark.below);
		this.#count('overExposed', white > overExposed.share);
		this.#count('blurred', this.#learn(sharpness) && sharpness < this.#usual! - blurred.drop);
		this.#look();
	}

	/** The frame that was told last is a part. */
	part(): void {
		const same = this.#partDigest === this.#digest;
		this.#partDigest = this.#digest;
		this.#inARow.frozen = same ? Math.max(this.#inARow.frozen, 1) + 1 : 0;
		this.#look();
	}

	/** Another device, or the same anew: nothing is known of it. */
	reset(): void {
		for (const symptom of WORST_FIRST) this.#inARow[symptom] = 0;
		this.#told.clear();
		this.#digest = undefined;
		this.#partDigest = undefined;
		this.#still = false;
	}

	/** What is to be told at present; the worst. */
	get alarm(): { readonly why: AndonError; readonly blind: boolean } | undefined {
		const symptom = WORST_FIRST.find((one) => this.#told.has(one));
		if (!symptom) return undefined;
		return { why: suspect(symptom, this.#options), blind: this.#options[symptom].action === 'not-inspected' };
	}

	/** Why a part cannot be judged by the frame that was told last. */
	get distrust(): AndonError | undefined {
		const symptom = WORST_FIRST.find((one) => this.#options[one].action === 'not-inspected' && this.#isPresent(one));
		return symptom && suspect(symptom, this.#options);
	}

	#isPresent(symptom: Symptom): boolean {
		return this.#inARow[symptom] >= this.#options[symptom].frames || (symptom === 'frozen' && this.#still);
	}

	#look(): void {
		for (const symptom of WORST_FIRST) {
			const { action, frames } = this.#options[symptom];
			if (action !== 'off' && this.#isPresent(symptom)) this.#told.add(symptom);
			else if (this.#goodInARow[symptom] >= frames) this.#told.delete(symptom);
		}
	}

	#count(symptom: Symptom, isSo: boolean): void {
		this.#inARow[symptom] = isSo ? this.#inARow[symptom] + 1 : 0;
		this.#goodInARow[symptom] = isSo ? 0 : this.#goodInARow[symptom] + 1;
	}

	/** The median of the first frames. @returns whether it is known */
	#learn(sharpness: number): boolean {
		if (this.#usual !== undefined) return true;
		if (this.#inARow.dark > 0 || this.#inARow.overExposed > 0) return false;
		if (this.#learned.push(sharpness) < LEARNING) return false;
		this.#usual = this.#learned.sort((a, b) => a - b)[LEARNING >> 1];
		this.#learned = [];
		return true;
	}
}

function suspect(symptom: Symptom, options: HealthOptions): AndonError {
	return new AndonError('FRAME_SUSPECT', SUSPECT[symptom](options));
}

const SUSPECT = {
	frozen: ({ frozen }: HealthOptions) => ({
		expected: 'a new picture of every part',
		found: `the same one for ${frozen.frames} parts or ${frozen.stillMs / 1000} s: the camera is frozen`,
		fix: 'Restart the camera; look at its stream. If its picture is still by nature, adjust `health.frozen`.',
	}),
	dark: ({ dark }: HealthOptions) => ({
		expected: 'a lit picture',
		found: `nearly nothing above grey level ${dark.below}`,
		fix: 'Check the lamp and its trigger, the lens cap, the exposure time. If parts are that dark, adjust `health.dark`.',
	}),
	overExposed: ({ overExposed }: HealthOptions) => ({
		expected: `white in at most ${Math.round(overExposed.share * 100)} % of the picture`,
		found: 'more: it is over-exposed',
		fix: 'Shorten the exposure or dim the light, and look for stray light. If that is how it looks, adjust `health.overExposed`.',
	}),
	blurred: () => ({
		expected: 'a picture as sharp as when the station started',
		found: 'a blurred one',
		fix: 'Check focus, dirt on the lens, vibration and exposure time. If the product changed, adjust `health.blurred`.',
	}),
} as const;
