import { appendFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { createCamera } from '../../../src/station/cameras/index.ts';
import { greyImage, silent } from '../../support/test-station.ts';

const png = await encodePng(greyImage(90));
const open = async (path: string, cursor?: unknown) => {
	const context = {
		id: 'cam',
		input: { width: 64, height: 64, channels: 1 as const },
		cursor,
		log: silent,
		report: () => {},
	};
	const camera = createCamera('folder', { path, watch: true, settleMs: 100 }, context);
	await camera.start();
	return camera;
};
const soon = () => AbortSignal.timeout(10_000);

t.test('a file is a part once it is completely written, and moves away once it is recorded', async (t) => {
	const dir = t.testdir();
	const camera = await open(dir);
	const next = camera.next(soon());
	await writeFile(join(dir, 'a.png'), png.subarray(0, 20));
	for (let at = 20; at < png.length; at += 10) {
		await new Promise((resolve) => setTimeout(resolve, 20));
		await appendFile(join(dir, 'a.png'), png.subarray(at, at + 10));
	}
	const shot = await next;
	t.equal(shot?.partId, 'a.png');
	t.equal((await shot!.read()).pixels.data.length, 64 * 64, 'it is whole');
	t.same((await readdir(dir)).sort(), ['a.png', 'done']);
	await shot!.recorded!();
	t.same(await readdir(dir), ['done']);
	t.same(await readdir(join(dir, 'done')), ['a.png']);
});

t.test('a new file under an old name is another part, and neither replaces the other', async (t) => {
	const dir = t.testdir();
	const camera = await open(dir);
	for (let i = 0; i < 2; i++) {
		await writeFile(join(dir, 'part.png'), png);
		const shot = await camera.next(soon());
		await shot!.recorded!();
	}
	t.equal((await readdir(join(dir, 'done'))).length, 2);
});

t.test('what was recorded before a crash but not moved is moved, not inspected again', async (t) => {
	const dir = t.testdir();
	await writeFile(join(dir, 'a.png'), png);
	const { cursor } = (await (await open(dir)).next(soon()))!;
	await writeFile(join(dir, 'b.png'), png);
	const camera = await open(dir, cursor);
	t.equal((await camera.next(soon()))?.partId, 'b.png');
	t.same(await readdir(join(dir, 'done')), ['a.png']);
});

t.test('hidden files, other files and what is in `done` are no parts', async (t) => {
	const dir = t.testdir({ done: {} });
	await writeFile(join(dir, '.a.png'), png);
	await writeFile(join(dir, 'a.png.part'), png);
	await writeFile(join(dir, 'done', 'old.png'), png);
	const camera = await open(dir);
	await t.rejects(camera.next(AbortSignal.timeout(500)));
	await rename(join(dir, 'a.png.part'), join(dir, 'a.png'));
	t.equal((await camera.next(soon()))?.partId, 'a.png');
});
