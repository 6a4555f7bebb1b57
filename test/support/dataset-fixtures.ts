/** Small datasets of every layout, made from simulated parts, in folders that the test removes. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { encodeJpeg, encodePng } from '../../src/imaging/encode-image.ts';
import type { Mask } from '../../src/imaging/pixels.ts';
import { renderPart } from '../../src/imaging/simulated-line/simulated-line.ts';

export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Writes files into a new folder, which goes when the test ends. */
export async function folderOf(t: Test, files: Files): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'andon-dataset-'));
	t.teardown(() => rm(folder, { recursive: true, force: true }));
	for (const [path, data] of Object.entries(files)) {
		await mkdir(dirname(join(folder, path)), { recursive: true });
		await writeFile(join(folder, path), data);
	}
	return folder;
}

/** An image of 96 × 64 pixels as JPEG, and its mask as PNG and as bitmap. */
export async function partFiles(index: number, defective: boolean) {
	const defectClass = defective ? ('stain' as const) : undefined;
	const part = renderPart({ seed: 1, index, width: 96, height: 64, surface: 'woven', defectClass, severity: 1 });
	return { image: await encodeJpeg(part.pixels), mask: await encodePng(part.mask), bitmap: bitmapOf(part.mask) };
}

/** `classes` maps a class folder to how many parts it has; names that are not sound get masks when `masks` is set. */
export async function classFolderFiles(classes: Readonly<Record<string, number>>, masks: boolean): Promise<Files> {
	const files: Record<string, Uint8Array> = {};
	let index = 0;
	for (const [name, count] of Object.entries(classes))
		for (let n = 0; n < count; n++) {
			const defective = !/ok|free/i.test(name);
			const { image, mask } = await partFiles(index++, defective);
			files[`${name}/${n}.jpg`] = image;
			if (masks) files[`${name}/${n}.png`] = mask;
		}
	return files;
}

/** Items of three parts, one of them defective, as KolektorSDD has them. */
export async function kolektorFiles(items: number): Promise<Files> {
	const files: Record<string, Uint8Array> = {};
	for (let item = 0; item < items; item++)
		for (let part = 0; part < 3; part++) {
			const { image, bitmap } = await partFiles(3 * item + part, part === 1);
			const stem = `kos${String(item + 1).padStart(2, '0')}/Part${part}`;
			files[`${stem}.jpg`] = image;
			files[`${stem}_label.bmp`] = bitmap;
		}
	return files;
}

/** One category as MVTec AD has them: sound parts in train and test, two kinds of defects in test alone. */
export async function mvtecFiles(sound: number, defective: number): Promise<Files> {
	const files: Record<string, Uint8Array> = { 'license.txt': Buffer.from('none') };
	const name = (n: number) => String(n).padStart(3, '0');
	for (let n = 0; n < sound; n++) files[`train/good/${name(n)}.png`] = (await partFiles(n, false)).image;
	for (let n = 0; n < 3; n++) files[`test/good/${name(n)}.png`] = (await partFiles(sound + n, false)).image;
	for (const [k, kind] of ['color', 'scratch'].entries())
		for (let n = 0; n < defective; n++) {
			const { image, mask } = await partFiles(1000 + 100 * k + n, true);
			files[`test/${kind}/${name(n)}.png`] = image;
			files[`ground_truth/${kind}/${name(n)}_mask.png`] = mask;
		}
	return files;
}

/** An 8-bit bitmap with a grey palette, bottom row first. */
function bitmapOf({ width, height, data }: Mask): Uint8Array {
	const stride = Math.ceil(width / 4) * 4;
	const bytes = Buffer.alloc(1078 + stride * height);
	bytes.write('BM');
	bytes.writeUInt32LE(1078, 10);
	bytes.writeUInt32LE(40, 14);
	bytes.writeInt32LE(width, 18);
	bytes.writeInt32LE(height, 22);
	bytes.writeUInt16LE(1, 26);
	bytes.writeUInt16LE(8, 28);
	for (let k = 0; k < 256; k++) bytes.fill(k, 54 + 4 * k, 57 + 4 * k);
	for (let y = 0; y < height; y++)
		bytes.set(data.subarray((height - 1 - y) * width, (height - y) * width), 1078 + y * stride);
	return bytes;
}
