import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { renderPart } from '../../../src/imaging/simulated-line/simulated-line.ts';
import type { SampleSize } from '../../../src/training/augment/augmentation.ts';
import { cutPaste, cutPasteOptions } from '../../../src/training/augment/cut-paste.ts';
import { AUGMENTATIONS, augmentationOptions, createAugmenter } from '../../../src/training/augment/index.ts';

const GEOMETRIC = ['flip', 'rotate90', 'affine', 'elastic'] as const;
const TONAL = ['photometric', 'blur', 'noise'] as const;
const always = { flip: { horizontal: 1, vertical: 1 }, elastic: { probability: 1, move: 0.1, smoothness: 0.15 } };

/** Options under which an augmentation surely acts. */
function certain(name: keyof typeof AUGMENTATIONS) {
	return augmentationOptions.parse({
		[name]: name in always ? always[name as keyof typeof always] : { probability: 1 },
	});
}

/** An image that is its own mask: bright where the defect is, so that the two can be compared after a warp. */
function marked(size: SampleSize) {
	const mask = new Float32Array(size.width * size.height);
	for (let y = 0; y < size.height; y++)
		for (let x = 0; x < size.width; x++)
			if ((x > 8 && x < 18 && y > 12 && y < 40) || (x > 8 && x < 34 && y > 12 && y < 20)) mask[y * size.width + x] = 1;
	const image = Float32Array.from(
		{ length: mask.length * size.channels },
		(_, i) => 0.2 + 0.6 * mask[Math.floor(i / size.channels)],
	);
	return { image, mask };
}

for (const channels of [1, 3] as const)
	for (const name of GEOMETRIC)
		t.test(`${name} moves ${channels === 1 ? 'grey' : 'colour'} image and mask together`, (t) => {
			const size = { width: 48, height: 48, channels };
			const augment = createAugmenter(certain(name), size);
			const random = new Random(3);
			let moved = 0;
			for (let round = 0; round < 20; round++) {
				const { image, mask } = marked(size);
				const before = mask.slice();
				augment(image, mask, random);
				moved += Number(Buffer.compare(Buffer.from(mask.buffer), Buffer.from(before.buffer)) !== 0);
				let apart = 0;
				for (let i = 0; i < mask.length; i++) apart += Number(image[i * channels] > 0.5 !== mask[i] > 0.5);
				t.ok(apart <= (name === 'affine' || name === 'elastic' ? 12 : 0), `${apart} pixels disagree`);
				t.ok(mask.every((value) => value === 0 || value === 1));
				t.ok(image.every((value) => value >= 0.2 - 1e-6 && value <= 0.8 + 1e-6));
			}
			t.ok(moved >= 16, `${moved} of 20 moved`);
			t.end();
		});

for (const name of TONAL)
	t.test(`${name} changes the image within its range and leaves the mask`, (t) => {
		const size = { width: 32, height: 32, channels: 1 as const };
		const { image, mask } = marked(size);
		const before = { image: image.slice(), mask: mask.slice() };
		createAugmenter(certain(name), size)(image, mask, new Random(4));
		t.same(mask, before.mask);
		t.notSame(image, before.image);
		t.ok(image.every((value) => value >= 0 && value <= 1));
		t.end();
	});

t.test('flips and quarter turns are what they say', (t) => {
	const run = (options: object, seed: number) => {
		const image = Float32Array.of(1, 2, 3, 4).map((v) => v / 10);
		createAugmenter(augmentationOptions.parse(options), { width: 2, height: 2, channels: 1 })(
			image,
			new Float32Array(4),
			new Random(seed),
		);
		return [...image].map((v) => Math.round(v * 10)).join('');
	};
	t.equal(run({ flip: { horizontal: 1, vertical: 0 } }, 0), '2143');
	t.equal(run({ flip: { horizontal: 0, vertical: 1 } }, 0), '3412');
	const turns = new Set(Array.from({ length: 40 }, (_, seed) => run({ rotate90: { probability: 1 } }, seed)));
	t.same([...turns].sort(), ['2413', '3142', '4321'], 'a quarter, half and three quarters');
	t.end();
});

t.test('colours stay together in a flip', (t) => {
	const image = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
	createAugmenter(certain('flip'), { width: 2, height: 1, channels: 3 })(image, new Float32Array(2), new Random(0));
	t.same(
		[...image].map((v) => Math.round(v * 10)),
		[4, 5, 6, 1, 2, 3],
	);
	t.end();
});

t.test('an affine warp without zoom and turn is a shift, exact between pixels too', (t) => {
	const size = { width: 40, height: 40, channels: 1 as const };
	const ramp = Float32Array.from({ length: 1600 }, (_, i) => (i % 40) / 40);
	const image = ramp.slice();
	createAugmenter(augmentationOptions.parse({ affine: { probability: 1, shift: 0.1, zoom: 0, turn: 0 } }), size)(
		image,
		new Float32Array(1600),
		new Random(2),
	);
	const shift = Math.round((ramp[20] - image[20]) * 40 * 1000) / 1000;
	t.ok(Math.abs(shift) > 0.1 && Math.abs(shift) <= 4, `by ${shift} pixels`);
	for (let x = 6; x < 34; x++) t.ok(Math.abs(image[20 * 40 + x] - (x - shift) / 40) < 1e-5);
	t.end();
});

t.test('an affine warp never loses most of a defect', (t) => {
	const size = { width: 40, height: 40, channels: 1 as const };
	const augment = createAugmenter(augmentationOptions.parse({ affine: { probability: 1, shift: 0.3 } }), size);
	const random = new Random(6);
	for (let round = 0; round < 200; round++) {
		const mask = new Float32Array(1600);
		for (let k = 0; k < 12; k++) mask[k + 2 * 40] = 1;
		augment(new Float32Array(1600), mask, random);
		t.ok(mask.includes(1));
	}
	t.end();
});

t.test('labels of a mask stay labels: none is mixed, lost or new, whatever is on', (t) => {
	const size = { width: 48, height: 48, channels: 1 as const };
	const everything = Object.assign({}, ...Object.keys(AUGMENTATIONS).map((name) => certain(name as 'flip')));
	const augment = createAugmenter(
		augmentationOptions.parse({ ...everything, affine: { probability: 1, turn: 30 } }),
		size,
	);
	const random = new Random(8);
	for (let round = 0; round < 30; round++) {
		const { image, mask } = marked(size);
		for (let i = 0; i < mask.length; i++) if (mask[i]) mask[i] = i % 48 < 14 ? 2 : 5;
		augment(image, mask, random);
		t.same([...new Set(mask)].sort(), [0, 2, 5]);
	}
	t.end();
});

t.test('elastic moves no place further than asked, softly, and never folds the picture', (t) => {
	const size = { width: 96, height: 64, channels: 1 as const };
	for (const move of [0.02, 0.1, 0.5]) {
		const augment = createAugmenter(augmentationOptions.parse({ elastic: { probability: 1, move } }), size);
		let furthest = 0;
		for (let seed = 0; seed < 30; seed++) {
			// A ramp along x: each value says where it comes from.
			const ramp = Float32Array.from({ length: 96 * 64 }, (_, i) => (i % 96) / 95);
			augment(ramp, new Float32Array(ramp.length), new Random(seed));
			for (let y = 0; y < 64; y++)
				for (let x = 8; x < 87; x++) {
					const from = ramp[y * 96 + x] * 95;
					const next = ramp[y * 96 + x + 1] * 95;
					furthest = Math.max(furthest, Math.abs(from - x));
					if (from > 1 && next > 1 && from < 94 && next < 94 && !(next > from)) t.fail(`folds at ${x}, ${y}`);
				}
		}
		t.ok(furthest <= move * 64 + 1e-3, `${furthest} of ${move * 64}`);
		t.ok(furthest > Math.min(move * 64, 3) * 0.7, `${furthest} is a move to see`);
	}
	t.end();
});

t.test('cut and paste writes the label of the donor', (t) => {
	const size = { width: 48, height: 48, channels: 1 as const };
	const target = { image: new Float32Array(48 * 48).fill(0.5), mask: new Float32Array(48 * 48) };
	const donor = marked(size);
	donor.mask = donor.mask.map((value) => value * 3);
	t.ok(cutPaste(target, donor, size, cutPasteOptions.parse({}), new Random(2)));
	t.same([...new Set(target.mask)].sort(), [0, 3]);
	t.end();
});

t.test('noise has about the strength that is asked for, and none of a bias', (t) => {
	const image = new Float32Array(160 * 160).fill(0.5);
	const spread: number[] = [];
	const mean: number[] = [];
	const augment = createAugmenter(augmentationOptions.parse({ noise: { probability: 1, sigma: 0.1 } }), {
		width: 160,
		height: 160,
		channels: 1,
	});
	for (let seed = 0; seed < 40; seed++) {
		image.fill(0.5);
		augment(image, image, new Random(seed));
		const average = image.reduce((sum, value) => sum + value, 0) / image.length;
		mean.push(average);
		spread.push(Math.sqrt(image.reduce((sum, value) => sum + (value - average) ** 2, 0) / image.length));
	}
	t.ok(Math.max(...spread) <= 0.103, `at most ${Math.max(...spread)}`);
	t.ok(Math.max(...spread) > 0.08 && Math.min(...spread) < 0.02, 'each sample draws its own');
	t.ok(Math.max(...mean.map((m) => Math.abs(m - 0.5))) < 0.005);
	t.end();
});

t.test('blur keeps the mean and has the spread that is asked for', (t) => {
	const size = { width: 41, height: 41, channels: 1 as const };
	const spreads = Array.from({ length: 60 }, (_, seed) => {
		const image = new Float32Array(41 * 41);
		image[20 * 41 + 20] = 1;
		createAugmenter(augmentationOptions.parse({ blur: { probability: 1, sigma: 2 } }), size)(
			image,
			image.slice(),
			new Random(seed),
		);
		t.ok(Math.abs(image.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
		return image.reduce((sum, value, i) => sum + value * ((i % 41) - 20) ** 2, 0);
	});
	t.ok(Math.sqrt(Math.max(...spreads)) <= 2.001 && Math.sqrt(Math.max(...spreads)) > 1.8);
	t.end();
});

t.test('the same random state gives the same sample, and none by default', (t) => {
	const size = { width: 48, height: 48, channels: 1 as const };
	const everything = createAugmenter(
		augmentationOptions.parse(Object.fromEntries(Object.keys(AUGMENTATIONS).map((name) => [name, {}]))),
		size,
	);
	const [a, b, untouched] = [marked(size), marked(size), marked(size)];
	everything(a.image, a.mask, new Random(9));
	everything(b.image, b.mask, new Random(9));
	t.same(a, b);
	createAugmenter(augmentationOptions.parse(undefined), size)(untouched.image, untouched.mask, new Random(9));
	t.same(untouched, marked(size));
	t.throws(() => augmentationOptions.parse({ flop: {} }), /flop/);
	t.throws(() => createAugmenter(certain('rotate90'), { width: 4, height: 6, channels: 1 }), /square/);
	t.end();
});

t.test('cut and paste brings the defect, its mask and nothing far from it', (t) => {
	const size = { width: 128, height: 128, channels: 1 as const };
	const options = cutPasteOptions.parse({});
	const random = new Random(1);
	const part = (index: number, defectClass?: 'pit' | 'crack') => {
		const { pixels, mask } = renderPart({
			seed: 2,
			index,
			width: 128,
			height: 128,
			surface: 'woven',
			defectClass,
			severity: 1,
		});
		return {
			image: Float32Array.from(pixels.data, (value) => value / 255),
			mask: Float32Array.from(mask.data, (value) => value / 255),
		};
	};
	for (let index = 0; index < 10; index++) {
		const sound = part(index);
		const target = part(index);
		const donor = part(50 + index, index % 2 ? 'pit' : 'crack');
		t.equal(cutPaste(target, donor, size, options, random), true);
		const area = (mask: Float32Array) => mask.reduce((sum, value) => sum + value, 0);
		t.equal(area(target.mask), area(donor.mask), 'the whole defect');
		let darker = 0;
		let far = 0;
		for (let i = 0; i < target.mask.length; i++) {
			if (target.mask[i]) darker += sound.image[i] - target.image[i];
			else if (target.image[i] !== sound.image[i]) far += Number(!nearMask(target.mask, i, 128, 6));
		}
		t.ok(darker / area(target.mask) > 0.08, 'pits and cracks are dark');
		t.equal(far, 0);
	}
	t.equal(cutPaste(part(1), part(2), size, options, random), false, 'a sound donor has nothing to give');
	t.end();
});

function nearMask(mask: Float32Array, i: number, width: number, reach: number): boolean {
	const x = i % width;
	const y = Math.floor(i / width);
	for (let ny = Math.max(0, y - reach); ny <= Math.min(mask.length / width - 1, y + reach); ny++)
		for (let nx = Math.max(0, x - reach); nx <= Math.min(width - 1, x + reach); nx++)
			if (mask[ny * width + nx]) return true;
	return false;
}
