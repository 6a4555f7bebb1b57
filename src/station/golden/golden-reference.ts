/** The parts that runs are judged against: the station's own, taken from its first bundle, until a person replaces them. */
import { messageOf } from '../../base/errors.ts';
import { type GoldenPart, readGolden } from '../../bundle/golden.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import type { Change } from '../commands.ts';
import type { Presented } from './golden-check.ts';
import { BY_ITSELF, type GoldenHost } from './golden-host.ts';
import type { EnrolledWith } from './golden-run.ts';
import { type GoldenSet, GoldenShelf } from './golden-shelf.ts';
import { unavailable } from './unavailable.ts';

type Host = Pick<GoldenHost, 'storePath' | 'place' | 'store' | 'bundle' | 'precision' | 'log'>;

export class GoldenReference {
	readonly #host: Host;
	readonly #shelf: GoldenShelf;
	#set: GoldenSet | undefined;
	#fault: string | undefined;

	constructor(host: Host) {
		this.#host = host;
		this.#shelf = new GoldenShelf(host.storePath, host.place, host.store);
	}

	/** Undefined before anything was enrolled, and when it is damaged. */
	get set(): GoldenSet | undefined {
		return this.#set;
	}

	/** Why there is nothing to judge against. */
	get fault(): string | undefined {
		return this.#fault;
	}

	/** A damaged set is a fault that every run will tell of, never thrown: the line goes on. */
	async open(): Promise<void> {
		try {
			this.#set = await this.#shelf.load();
			if (!this.#set && this.#parts()) await this.adopt({ ...BY_ITSELF, reason: 'the first golden parts' });
		} catch (error) {
			this.#fault = messageOf(error);
			this.#host.log.error({ error: this.#fault }, 'the golden parts cannot be used');
		}
	}

	/** Takes the bundle's parts. @throws GOLDEN_UNAVAILABLE when it has none */
	async adopt(by: Change): Promise<void> {
		const parts = this.#parts();
		if (!parts) throw unavailable('golden parts in the bundle', 'none', 'Add some with `andon golden enroll`.');
		await this.#keep(parts, by);
	}

	/** @throws GOLDEN_UNAVAILABLE when the other parts were enrolled with another bundle */
	expectSameBundle(): void {
		if (!this.#set || this.#set.enrolledWith.hash === this.#host.bundle.manifestHash) return;
		throw unavailable(
			`the bundle that the other parts were enrolled with (${titleOf(this.#set.enrolledWith)})`,
			titleOf(this.#bundleNow()),
			'Begin a new set with `fresh`: true, or take the bundle’s own parts with `enroll-golden` alone.',
		);
	}

	/**
	 * Adds a part as it was presented, in place of one of the same name.
	 *
	 * @param fresh begins a new set with it
	 * @throws GOLDEN_UNAVAILABLE when it cannot serve as reference
	 */
	async add(part: Omit<GoldenPart, 'image' | 'enrolled'>, presented: Presented, fresh: boolean, by: Change) {
		const { png, inspection } = presented;
		const { score, verdict, reason = '', operatingPoint } = inspection;
		if (score === undefined || !png)
			throw unavailable('a part that is inspected', `not inspected: ${reason}`, 'Present it again.');
		if (part.defective && verdict === 'ok')
			throw unavailable(
				'a defective part that the station finds',
				`a score of ${score.toFixed(3)} at a threshold of ${operatingPoint.threshold.toFixed(3)}, verdict ok`,
				'Choose a part whose defect is found, or correct the threshold or the rules first.',
			);
		const enrolled = { ...part, image: png, enrolled: { [this.#host.precision]: { score } } };
		const others = fresh ? [] : (this.#set?.parts ?? []).filter(({ id }) => id !== part.id);
		await this.#keep([...others, enrolled], by);
	}

	/** In words, when another bundle runs than the parts were enrolled with. */
	otherBundle(): string | undefined {
		const before = this.#set?.enrolledWith;
		const now = this.#bundleNow();
		if (!before || before.hash === now.hash) return undefined;
		return (
			`Another bundle runs than the parts were enrolled with: ${titleOf(now)} instead of ${titleOf(before)}. ` +
			'If that was intended, send `enroll-golden`; if not, put the old bundle back.'
		);
	}

	async #keep(parts: readonly GoldenPart[], by: Change): Promise<void> {
		this.#set = await this.#shelf.keep(parts, this.#bundleNow(), by);
		this.#fault = undefined;
	}

	#parts(): readonly GoldenPart[] | undefined {
		return readGolden(this.#host.bundle);
	}

	#bundleNow(): EnrolledWith {
		const { manifest, manifestHash: hash } = this.#host.bundle;
		const { name, version, models } = manifest;
		const thresholds = models.map(
			({ precision }) => [precision, operatingPointOf(manifest, precision).threshold] as const,
		);
		return { name, version, hash, thresholds: Object.fromEntries(thresholds) };
	}
}

function titleOf({ name, version, hash }: EnrolledWith): string {
	return `${name} ${version} (${hash.slice(0, 8)})`;
}
