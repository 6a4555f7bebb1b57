/** A model for small images takes larger ones: every pixel is the mean of a block, as a byte. */
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { shrinkInput } from '../../../src/graph/passes/shrink-input.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';

/** Gives its input back, as numbers. */
function mirror(width: number, height: number, channels: number) {
	const g = new GraphBuilder('mirror');
	const image = g.input('image', 'uint8', [1, height, width, channels]);
	g.output(g.op('Cast', [image], { to: 1 }), 'seen');
	return g.build();
}

for (const channels of [1, 3])
	t.test(`${channels} channels`, async (t) => {
		const [w, h, kx, ky] = [4, 3, 2, 4];
		const random = new Random(3);
		const [width, height] = [w * kx, h * ky];
		const pixels = Uint8Array.from({ length: width * height * channels }, () => random.integer(256));
		const model = await openModel(encodeModel(shrinkInput(mirror(w, h, channels), { width, height })));
		const { seen } = await model.run({ image: new Tensor('uint8', pixels, [1, height, width, channels]) });
		t.same(seen.dims, [1, h, w, channels]);
		for (const [i, value] of (seen.data as Float32Array).entries()) {
			const [c, x, y] = [i % channels, Math.floor(i / channels) % w, Math.floor(i / channels / w)];
			let sum = 0;
			for (let dy = 0; dy < ky; dy++)
				for (let dx = 0; dx < kx; dx++) sum += pixels[((y * ky + dy) * width + x * kx + dx) * channels + c];
			t.ok(Math.abs(value - sum / kx / ky) <= 0.5 && Number.isInteger(value));
		}
		await model.close();
	});

t.test('its own size changes nothing, and one that is no multiple is refused', async (t) => {
	const graph = mirror(4, 4, 1);
	t.equal(shrinkInput(graph, { width: 4, height: 4 }), graph);
	t.throws(() => shrinkInput(graph, { width: 10, height: 8 }), { code: 'MODEL_UNSUPPORTED' });
});
