/** One camera's golden parts, one after the other, through its inspector: injected, or as an operator presents them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AndonError } from '../../base/errors.ts';
import type { GoldenPart } from '../../bundle/golden.ts';
import type { Inspection } from '../inspection.ts';
import type { ToGolden } from '../inspector/golden-messages.ts';
import type { FromGolden } from '../inspector/messages.ts';
import { outcomeOfRecord, outcomeOfResult } from './golden-outcome.ts';
import type { GoldenLook, GoldenOutcome } from './golden-run.ts';

/** What a check needs of an inspector. */
export interface GoldenLine {
	readonly camera: string;
	readonly provider: string | undefined;
	/** Its process is up. */
	readonly ready: boolean;
	/** False when there is no process to hear it. */
	tellGolden(message: ToGolden): boolean;
}

/** What came of a presented part. */
export interface Presented {
	readonly inspection: Inspection;
	/** The picture, PNG, when it was asked for and could be taken. */
	readonly png?: Uint8Array;
	readonly look?: GoldenLook;
}

type News =
	| { readonly kind: 'injected'; readonly outcome: GoldenOutcome }
	| ({ readonly kind: 'presented' } & Presented)
	| { readonly kind: 'went-by' };

/** On a line that stands still, injected parts follow each other so slowly that one that comes never waits for two, ms. */
const PACE_MS = 200;

export class GoldenCheck {
	readonly run: string;
	readonly parts: readonly GoldenPart[];
	readonly #line: GoldenLine;
	readonly #onProgress: (waitingFor?: GoldenPart) => void;
	readonly outcomes: GoldenOutcome[] = [];
	readonly #ended = Promise.withResolvers<never>();
	#listener: ((news: News) => void) | undefined;
	#png: Uint8Array | undefined;
	#look: GoldenLook | undefined;

	/** @param onProgress told before each part that is waited for, and after each that is done */
	constructor(
		run: string,
		line: GoldenLine,
		parts: readonly GoldenPart[],
		onProgress: (waitingFor?: GoldenPart) => void,
	) {
		this.run = run;
		this.#line = line;
		this.parts = parts;
		this.#onProgress = onProgress;
		this.#ended.promise.catch(() => {});
	}

	/** Injects every part, at most one between two parts of the line. @throws what ended the inspector */
	async inject(): Promise<void> {
		for (const { id: part, image, mask, defective, class: name } of this.parts) {
			const injected = this.#next('injected');
			this.#tell({ kind: 'inject', run: this.run, part, image, mask, truth: truthOf(defective, name) });
			this.outcomes.push((await injected).outcome);
			this.#onProgress();
			await Promise.race([this.#next('went-by'), sleep(PACE_MS), this.#ended.promise]);
		}
	}

	/**
	 * Takes the next parts of the camera for these, in their order.
	 *
	 * @param patienceMs how long to wait for each
	 * @param capture ask for their pictures
	 * @throws what ended the inspector, CAMERA_UNAVAILABLE when no part came
	 */
	async present(patienceMs: number, capture = false): Promise<Presented[]> {
		const parts = this.parts.map(({ id: part, defective, class: name, image, mask }) => ({
			part,
			truth: truthOf(defective, name),
			...(image.length > 0 ? { image } : {}),
			mask,
		}));
		const presented: Presented[] = [];
		try {
			this.#tell({ kind: 'present', run: this.run, parts, capture });
			for (const part of this.parts) {
				this.#onProgress(part);
				const next = await this.#within(patienceMs, this.#next('presented'), part);
				presented.push(next);
				this.outcomes.push({ ...outcomeOfRecord(part.id, next.inspection), ...(next.look ? { look: next.look } : {}) });
			}
			return presented;
		} finally {
			// Whatever comes now is a part of the line again.
			this.#line.tellGolden({ kind: 'present', run: this.run, parts: [], capture: false });
		}
	}

	heard(message: FromGolden): void {
		if (message.run !== this.run) return;
		if (message.kind === 'captured') this.#png = message.png;
		else if (message.kind === 'looked') this.#look = { sharpness: message.sharpness, brightness: message.brightness };
		else this.#listener?.({ kind: 'injected', outcome: outcomeOfResult(message.part, message) });
	}

	presented(inspection: Inspection): void {
		if (inspection.golden?.run !== this.run) return;
		const [png, look] = [this.#png, this.#look];
		this.#png = undefined;
		this.#look = undefined;
		this.#listener?.({ kind: 'presented', inspection, ...(png ? { png } : {}), ...(look ? { look } : {}) });
	}

	/** A part of the line was decided. */
	partWentBy(): void {
		this.#listener?.({ kind: 'went-by' });
	}

	/** The inspector is gone, or the station stops. */
	end(error: AndonError): void {
		this.#ended.reject(error);
	}

	#tell(message: ToGolden): void {
		if (this.#line.tellGolden(message)) return;
		throw new AndonError('INSPECTOR_LOST', {
			expected: `an inspector at ${this.#line.camera} to inspect golden parts`,
			found: 'none at the moment',
			fix: 'Run the golden parts again when the camera inspects.',
		});
	}

	#next<K extends News['kind']>(kind: K): Promise<Extract<News, { kind: K }>> {
		const news = new Promise<Extract<News, { kind: K }>>((resolve) => {
			this.#listener = (candidate) => {
				if (candidate.kind === kind) resolve(candidate as Extract<News, { kind: K }>);
			};
		});
		return Promise.race([news, this.#ended.promise]);
	}

	async #within<T>(patienceMs: number, news: Promise<T>, part: GoldenPart): Promise<T> {
		const done = new AbortController();
		const late = sleep(patienceMs, undefined, { signal: done.signal }).then(() => {
			throw new AndonError('CAMERA_UNAVAILABLE', {
				expected: `golden part ${part.id} in front of ${this.#line.camera} within ${patienceMs / 60_000} minutes`,
				found: 'no part',
				fix: 'Run the golden parts again and present them in the order in which the station asks for them.',
			});
		});
		late.catch(() => {});
		try {
			return await Promise.race([news, late]);
		} finally {
			done.abort();
		}
	}
}

function truthOf(defective: boolean, name: string) {
	return defective ? { defective, defectClass: name } : { defective };
}
