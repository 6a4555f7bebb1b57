/** Whether the stated price of a threshold is one: half of the sound parts state it, the others are counted. */
import { AndonError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import type { Rate } from '../operating-point.ts';
import type { PartScores } from '../part-scores.ts';
import { choosePoint, type PointMethod, type PointOptions } from './index.ts';
import { shareFlagged } from './share-flagged.ts';

export interface HalvesCheck {
	/** False rejects with their interval, from the one half. */
	readonly stated: Rate;
	/** Of the other half, which had no part in it. */
	readonly found: Rate;
	/** Whether what was found lies in the stated interval. It varies as well: now and then it will not. */
	readonly isWithin: boolean;
}

/** @returns undefined where half of the parts is too few for the method */
export function checkHalves<M extends PointMethod>(
	method: M,
	options: PointOptions<M>,
	scores: PartScores,
	precision: string,
): HalvesCheck | undefined {
	const shuffled = new Random(1).shuffle([...scores.sound]);
	const middle = Math.ceil(shuffled.length / 2);
	const half = { ...scores, sound: shuffled.slice(0, middle) };
	const point = unlessRefused(() => choosePoint(method, options, { scores: half, precision }));
	const stated = point?.falseRejects;
	const found = point && shareFlagged(point.threshold, shuffled.slice(middle));
	return stated && found && { stated, found, isWithin: isWithin(found.rate, stated) };
}

export function isWithin(rate: number, { low, high }: Rate): boolean {
	return low <= rate && rate <= high;
}

function unlessRefused<T>(choose: () => T): T | undefined {
	try {
		return choose();
	} catch (error) {
		if (error instanceof AndonError) return undefined;
		throw error;
	}
}
