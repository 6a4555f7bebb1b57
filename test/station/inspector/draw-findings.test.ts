import t from 'tap';
import { decodeImage } from '../../../src/imaging/decode-image.ts';
import { layOutView } from '../../../src/imaging/view/lay-out-view.ts';
import type { Defect } from '../../../src/station/inspection.ts';
import { drawFindings } from '../../../src/station/inspector/draw-findings.ts';

const frame = { width: 720, height: 360, channels: 1 as const, data: new Uint8Array(720 * 360).fill(90) };
/** All of it, stretched to the model's input. */
const stretched = layOutView(undefined, frame, { width: 64, height: 64 });

/** A square of the mask, 8 pixels wide. */
function findings(x: number, y: number) {
	const mask = new Float32Array(64 * 64);
	for (let dy = 0; dy < 8; dy++) mask.fill(1, (y + dy) * 64 + x, (y + dy) * 64 + x + 8);
	const defect: Defect = {
		class: 'Crack',
		box: { x, y, width: 8, height: 8 },
		areaPx: 64,
		lengthPx: 8 * Math.SQRT2,
		peak: 1,
		mean: 1,
	};
	return { mask, defect };
}

t.test('what was found in the model’s input is drawn where it is in the camera’s frame, with its name', async (t) => {
	const { mask, defect } = findings(32, 16);
	const jpeg = await drawFindings(frame, stretched, mask, { verdict: 'defect', why: 'Because.', defects: [defect] });
	const { width, height, data } = await decodeImage(jpeg, { channels: 3 });
	t.equal(width, 720);
	t.ok(height > 360 && height < 420, `${height}: words beneath the picture`);
	const isRed = (x: number, y: number) => {
		const [r, g, b] = data.subarray(3 * (y * width + x));
		return r > 150 && g < 110 && b < 110;
	};
	// 64 → 720 across, 64 → 360 down: the box is 360…450 by 90…135.
	for (const [x, y] of [
		[359, 110],
		[450, 110],
		[400, 89],
		[400, 135],
	])
		t.ok(
			[-1, 0, 1].some((d) => isRed(x + d, y) || isRed(x, y + d)),
			`the frame of the box at ${x}, ${y}`,
		);
	t.notOk(isRed(405, 112), 'the defect itself stays visible');
	const isWhite = (i: number) => data[3 * i] > 220 && data[3 * i + 1] > 220 && data[3 * i + 2] > 220;
	const named = Array.from({ length: 20 * 150 }, (_, i) => (66 + Math.floor(i / 150)) * width + 360 + (i % 150));
	t.ok(named.filter(isWhite).length > 50, 'the name stands above the box');
});

t.test('names do not cover each other', async (t) => {
	const { mask, defect } = findings(32, 16);
	const near = { ...defect, box: { ...defect.box, x: 33 } };
	/** Bright bytes above, in and beneath the box. */
	const bright = async (defects: Defect[]) => {
		const jpeg = await drawFindings(frame, stretched, mask, { verdict: 'defect', why: '', defects });
		const { width, data } = await decodeImage(jpeg, { channels: 3 });
		return [
			[62, 86],
			[96, 115],
			[140, 165],
		].map(([from, to]) => data.subarray(3 * from * width, 3 * to * width).filter((value) => value > 230).length);
	};
	const counts = await Promise.all([1, 2, 3, 4].map((n) => bright([defect, near, near, near].slice(0, n))));
	const named = counts.map((bands) => bands.map((count) => count > 300));
	t.same(named, [
		[true, false, false],
		[true, false, true],
		[true, true, true],
		[true, true, true],
	]);
	t.ok(Math.abs(counts[3][0] - counts[0][0]) < 100, 'the first stays alone in its place');
	t.ok(Math.abs(counts[3][1] - counts[2][1]) < 100, 'a fourth has no room');
});
