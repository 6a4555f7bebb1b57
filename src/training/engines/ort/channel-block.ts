/** Asks ONNX Runtime how many channels a block of its layout has on this CPU, because the step is written for that number. */
import { GraphBuilder } from '../../../graph/builder.ts';
import { encodeModel } from '../../../graph/codec/codec.ts';
import { BLOCKED_DOMAIN } from '../../../graph/ops/blocked.ts';
import { openModel, Tensor } from '../../../inference/model.ts';

const CHANNELS = 64;

let known: Promise<number> | undefined;

/** Channels of a block (16 with AVX-512, 8 with AVX), 1 where this build of ONNX Runtime has no blocked layout. */
export function channelBlock(): Promise<number> {
	known ??= probe();
	return known;
}

/** Two pixels of each channel, numbered by pixel and channel: in blocks, pixel 1 begins right behind the first block. */
async function probe(): Promise<number> {
	const g = new GraphBuilder('channel-block');
	const x = g.input('x', 'float32', [1, CHANNELS, 1, 2]);
	g.output(g.op('ReorderInput', [x], {}, { domain: BLOCKED_DOMAIN }), 'blocked');
	const data = Float32Array.from({ length: CHANNELS * 2 }, (_, i) => (i % 2) * CHANNELS + (i >> 1));
	try {
		const model = await openModel(encodeModel(g.build()), { threads: 1 });
		const { blocked } = await model.run({ x: new Tensor('float32', data, [1, CHANNELS, 1, 2]) });
		await model.close();
		return (blocked.data as Float32Array).indexOf(CHANNELS);
	} catch {
		return 1;
	}
}
