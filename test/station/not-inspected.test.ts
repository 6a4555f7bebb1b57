import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { encodePng } from '../../src/imaging/encode-image.ts';
import type { Preview } from '../../src/station/station-view.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, greyImage, stationOf } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));

t.test('whatever is wrong with a frame makes its part not-inspected, and the next part is inspected', async (t) => {
	const own = t.testdir({ images: {} });
	const png = await encodePng(greyImage(90));
	const files: [string, Uint8Array | string, RegExp | undefined][] = [
		['0-good.png', png, undefined],
		['1-truncated.png', png.subarray(0, png.length / 2), /IMAGE_UNREADABLE/],
		['2-empty.png', '', /IMAGE_UNREADABLE/],
		['3-text.jpg', 'no image', /IMAGE_UNREADABLE/],
		[
			'4-other-size.png',
			await encodePng(greyImage(90, 80, 64)),
			/FRAME_SIZE_WRONG.*|expected 64 × 64 pixels, found 80 × 64/,
		],
		['5-good.png', png, undefined],
	];
	for (const [name, data] of files) await writeFile(join(own, 'images', name), data);
	const camera = { source: 'folder', path: join(own, 'images'), expectSize: { width: 64, height: 64 } };
	const { station, inspections, until } = stationOf(configOf(own, bundle, camera));
	await station.start();
	await until(() => inspections.length === files.length);
	await station.stop();
	for (const [i, [name, , reason]] of files.entries()) {
		const { partId, verdict, disposition, score } = inspections[i];
		t.equal(partId, name);
		if (reason) {
			t.match(inspections[i].reason, reason);
			t.same([verdict, disposition, score], ['not-inspected', 'reject', undefined]);
		} else t.same([verdict, disposition, inspections[i].reason], ['ok', 'pass', undefined]);
	}
	t.equal(station.state().cameras[0].restarts, 0, 'none of it cost the inspector its life');
	t.match(station.stats(), { verdicts: { ok: 2, 'not-inspected': 4 }, confusion: { tp: 0, fp: 0, tn: 0, fn: 0 } });
});

t.test('a frame of any size is fitted to the model where no size is demanded', async (t) => {
	const own = t.testdir({ images: {} });
	await writeFile(join(own, 'images', 'large.png'), await encodePng(greyImage(230, 200, 100)));
	const { station, inspections, until } = stationOf(
		configOf(own, bundle, { source: 'folder', path: join(own, 'images') }),
	);
	await station.start();
	await until(() => inspections.length === 1);
	await station.stop();
	t.equal(inspections[0].verdict, 'defect');
	t.same(inspections[0].defects[0].box, { x: 0, y: 0, width: 64, height: 64 });
});

t.test('pictures are drawn while somebody watches, at most five a second, and belong to a part', async (t) => {
	const { station, inspections, until } = stationOf(
		configOf(t.testdir(), bundle, { source: 'simulator', fps: 60, seed: 4 }),
	);
	const previews: Preview[] = [];
	station.events.on('preview', (preview) => previews.push(preview));
	await station.start();
	await until(() => inspections.length > 10);
	t.equal(previews.length, 0);
	const unwatch = station.watch();
	const startedAt = inspections.length;
	await until(() => previews.length >= 3);
	t.ok(inspections.length - startedAt > 12, 'most parts have none');
	unwatch();
	unwatch();
	for (const { jpeg, inspection, camera } of previews) {
		t.same([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
		t.equal(camera, 'cam');
		t.ok(inspection.resultId.endsWith(`-cam-${inspection.sequence}`));
	}
	await station.stop();
});
