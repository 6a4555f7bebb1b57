import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { enlargeGraph } from '../../../src/cli/bench-station/enlarge-graph.ts';
import { decodeModel, encodeModel } from '../../../src/graph/codec/codec.ts';
import { openInspector } from '../../../src/inference/inspector-model.ts';

const demo = decodeModel(
	readFileSync(fileURLToPath(new URL('../../../models/demo/inspector.int8.onnx', import.meta.url))),
);

const openAt = (side: number, graph = demo) =>
	openInspector({ bytes: encodeModel(graph), input: { width: side, height: side, channels: 1 } });

t.test('the same network at twice the size sees in the middle of an even frame what it saw before', async (t) => {
	const small = await openAt(128);
	const large = await openAt(256, enlargeGraph(demo, 2));
	for (const grey of [30, 120, 220]) {
		const { mask } = await small.inspect(new Uint8Array(128 * 128).fill(grey));
		const enlarged = await large.inspect(new Uint8Array(256 * 256).fill(grey));
		t.equal(enlarged.mask?.length, 256 * 256);
		const [before, after] = [mask![64 * 128 + 64], enlarged.mask![128 * 256 + 128]];
		t.ok(Math.abs(before - after) < 1e-5, `grey ${grey}: ${before}, ${after}`);
	}
	await small.close();
	await large.close();
});
