/** Of labelled pictures that show the same thing, the best labelled one stays; look-alikes that stay are one group. */
import { findLookAlikes } from '../../imaging/find-look-alikes.ts';
import type { LookPrint } from '../../imaging/look-print.ts';
import type { LabelledPart } from '../store/label-table.ts';

export interface LabelledPicture extends LabelledPart {
	/** `ok`, or what is wrong with the part. */
	readonly class: string;
	/** SHA-256 over size and pixels. */
	readonly digest: string;
	readonly print: LookPrint;
}

export interface LeftOut {
	readonly resultId: string;
	readonly why: 'no picture' | 'same pixels' | 'looks alike';
	/** The picture that stays instead. */
	readonly of?: string;
	/** The other one was labelled later and says otherwise about the same pixels. */
	readonly contradicted?: boolean;
}

export interface Distinct {
	readonly kept: readonly LabelledPicture[];
	/** Result id → group: pictures of one part, and of parts that look alike, share it. */
	readonly groups: ReadonlyMap<string, string>;
	readonly leftOut: readonly LeftOut[];
}

/** @param pictures in the order of inspection */
export async function withoutCopies(pictures: readonly LabelledPicture[]): Promise<Distinct> {
	const { kept: different, leftOut } = withoutSamePixels(pictures);
	const pairs = await findLookAlikes(different.map(({ print }) => print));
	const gone = new Map<string, LeftOut>();
	const groups = new Groups(pictures);
	for (const { a, b } of pairs) {
		const [one, other] = [different[a], different[b]];
		const isGone = gone.has(one.inspection.resultId) || gone.has(other.inspection.resultId);
		const isOnePart = one.inspection.partId === other.inspection.partId;
		if (isGone || isOnePart) continue;
		if (one.class === other.class) {
			const [best, worse] = byLabel(one, other) <= 0 ? [one, other] : [other, one];
			const { resultId } = worse.inspection;
			gone.set(resultId, { resultId, why: 'looks alike', of: best.inspection.resultId });
		} else groups.join(one.inspection.partId, other.inspection.partId);
	}
	const kept = different.filter(({ inspection }) => !gone.has(inspection.resultId));
	return {
		kept,
		groups: new Map(kept.map(({ inspection }) => [inspection.resultId, groups.of(inspection.partId)])),
		leftOut: [...leftOut, ...gone.values()],
	};
}

/** Where people contradict each other about the same pixels, the last word counts. */
function withoutSamePixels(pictures: readonly LabelledPicture[]) {
	const leftOut: LeftOut[] = [];
	const kept = [...Map.groupBy(pictures, ({ digest }) => digest).values()].map((copies) => {
		const newest = copies.toSorted((a, b) => b.label.number - a.label.number)[0];
		const agreed = copies.filter(({ class: name }) => name === newest.class);
		const [best] = agreed.toSorted(byLabel);
		for (const copy of copies)
			if (copy !== best)
				leftOut.push({
					resultId: copy.inspection.resultId,
					why: 'same pixels',
					of: best.inspection.resultId,
					...(copy.class === best.class ? {} : { contradicted: true }),
				});
		return best;
	});
	return { kept, leftOut };
}

/** The one that says more first, then the one that was said later. */
function byLabel(a: LabelledPicture, b: LabelledPicture): number {
	return saidBy(b) - saidBy(a) || b.label.number - a.label.number;
}

function saidBy({ label }: LabelledPicture): number {
	return (label.hasMask ? 2 : 0) + (label.class === undefined ? 0 : 1);
}

/** Parts that belong together, named after the one that was inspected first: the name stays when others join. */
class Groups {
	readonly #order: ReadonlyMap<string, number>;
	readonly #parent = new Map<string, string>();

	constructor(pictures: readonly LabelledPicture[]) {
		const parts = new Set(pictures.map(({ inspection }) => inspection.partId));
		this.#order = new Map([...parts].map((part, i) => [part, i]));
	}

	of(part: string): string {
		const parent = this.#parent.get(part);
		return parent === undefined ? part : this.of(parent);
	}

	join(a: string, b: string): void {
		const [first, second] = [this.of(a), this.of(b)].sort((p, q) => this.#order.get(p)! - this.#order.get(q)!);
		if (first !== second) this.#parent.set(second, first);
	}
}
