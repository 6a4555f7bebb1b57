import t from 'tap';
import { parseLosses, splitLosses } from '../../../src/training/losses/parse-losses.ts';

t.test('a list of losses is split at the commas between them', async (t) => {
	t.same(splitLosses('bce, dice(over=batch,epsilon=2) ,bce+iou'), ['bce', 'dice(over=batch,epsilon=2)', 'bce+iou']);
});

t.test('weights, options and sums are read', async (t) => {
	t.same(parseLosses('bce'), [{ name: 'bce', weight: 1, options: {} }]);
	t.same(parseLosses('0.5*focal(gamma=3, classWeights=[1, 4]) + 2 * categorical-crossentropy'), [
		{ name: 'focal', weight: 0.5, options: { gamma: 3, classWeights: [1, 4] } },
		{ name: 'categorical-crossentropy', weight: 2, options: {} },
	]);
	t.same(parseLosses('dice(over=batch)')[0].options, { over: 'batch' });
});

t.test('what is no loss is named, with what would be', async (t) => {
	for (const text of ['', 'bce+', 'bxe', '-1*bce', '0*bce', 'dice(over)', 'dice(over=[)', 'bce dice', 'toString'])
		t.throws(() => parseLosses(text), { code: 'USAGE', message: /tversky/ }, `"${text}"`);
});
