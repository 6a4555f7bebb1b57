import t from 'tap';
import { whatIsStuck } from '../../../src/station/supervision/progress.ts';

const now = 1_000_000;
const well = { camera: 'cam', heardAt: now - 400 };

t.test('a line that idles gets on as long as its inspectors speak', async (t) => {
	t.equal(whatIsStuck([well, { ...well, camera: 'other' }], undefined, 1000, now), undefined);
	t.equal(
		whatIsStuck([well, { camera: 'other', heardAt: now - 11_000 }], undefined, 1000, now),
		'the inspector of other has been silent for 11 s',
	);
});

t.test('a part in work has to be decided, within its deadline and some grace', async (t) => {
	t.equal(whatIsStuck([{ ...well, waitingSince: now - 5000 }], undefined, 1000, now), undefined);
	t.match(
		whatIsStuck([{ ...well, waitingSince: now - 12_000 }], undefined, 1000, now),
		/cam has decided nothing for 12 s/,
	);
	t.equal(whatIsStuck([{ ...well, waitingSince: now - 12_000 }], undefined, 30_000, now), undefined);
});

t.test('an inspector may be replaced, but has to come back', async (t) => {
	t.equal(
		whatIsStuck([{ camera: 'cam', heardAt: now - 40_000, awaySince: now - 40_000 }], undefined, 1000, now),
		undefined,
	);
	t.match(
		whatIsStuck([{ camera: 'cam', heardAt: 0, awaySince: now - 61_000 }], undefined, 1000, now),
		/not come back for 61 s/,
	);
});

t.test('a store that refuses for long is no progress', async (t) => {
	const fault = (ms: number) => ({
		code: 'STORE_UNWRITABLE',
		message: 'the disk is full',
		since: new Date(Date.now() - ms).toISOString(),
	});
	t.equal(whatIsStuck([well], fault(3000), 1000, now), undefined);
	t.match(whatIsStuck([well], fault(12_000), 1000, now), /the disk is full/);
});
