/** Which model of a bundle computes in a precision. */
import { AndonError } from '../base/errors.ts';
import type { Manifest } from './manifest.ts';
import type { Precision } from './names.ts';

/** @throws BUNDLE_INVALID when there is none */
export function modelOf({ models }: Pick<Manifest, 'models'>, precision: Precision): Manifest['models'][number] {
	const model = models.find((candidate) => candidate.precision === precision);
	if (model) return model;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `a model of precision ${precision}`,
		found: models.map((candidate) => candidate.precision).join(', '),
		fix: 'Choose one that is there, or run `andon quantize`.',
	});
}
