import t from 'tap';
import { normalQuantile } from '../../src/metrics/normal-quantile.ts';

t.test('known quantiles of the normal distribution come out, far tails included', async (t) => {
	for (const [p, z] of [
		[0.5, 0],
		[0.975, 1.959963984540054],
		[0.025, -1.959963984540054],
		[0.8413447460685429, 1],
		[1e-9, -5.997807015007687],
	])
		t.ok(Math.abs(normalQuantile(p) - z) < 1e-7, `${p} → ${z}`);
});
