import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { Neighbours } from '../../../src/metrics/drift/neighbours.ts';

function correlationOf(memory: number, n: number): number | undefined {
	const random = new Random(1);
	const neighbours = new Neighbours();
	let z = random.normal();
	for (let i = 0; i < n; i++) {
		neighbours.add(0.4 + z);
		z = memory * z + Math.sqrt(1 - memory * memory) * random.normal();
	}
	return neighbours.correlation;
}

t.test('what neighbours have in common is measured, a common offset is not taken for it', async (t) => {
	t.ok(Math.abs(correlationOf(0, 3000)!) < 0.1);
	t.ok(Math.abs(correlationOf(0.6, 3000)! - 0.6) < 0.1);
});

t.test('few parts say nothing', async (t) => {
	t.equal(correlationOf(0.9, 100), undefined);
});
