/** The operating point of each model: a promise was made for one precision and holds for no other. */
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { choosePoint } from '../metrics/operating-points/index.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import type { Manifest, Precision } from './manifest.ts';

type Points = Pick<Manifest, 'operatingPoint' | 'otherOperatingPoints' | 'models'>;

/**
 * The point that was chosen on this precision's scores; without one, the default model's threshold, which promises
 * nothing here.
 *
 * @param scores of this precision, for the price of the threshold
 */
export function operatingPointOf(manifest: Points, precision: Precision, scores?: PartScores): OperatingPoint {
	const { operatingPoint, otherOperatingPoints = {} } = manifest;
	if (operatingPoint.precision === precision) return operatingPoint;
	const own = otherOperatingPoints[precision];
	if (own) return own;
	const { threshold } = operatingPoint;
	return choosePoint('fixed', { threshold }, { scores: scores ?? { defective: [], sound: [] }, precision });
}

/** The manifest's points with one more, or with one replaced. */
export function withOperatingPoint<M extends Points>(manifest: M, point: OperatingPoint): M {
	const isDefault = manifest.models.some((model) => model.default && model.precision === point.precision);
	if (isDefault) return { ...manifest, operatingPoint: point };
	return { ...manifest, otherOperatingPoints: { ...manifest.otherOperatingPoints, [point.precision]: point } };
}
