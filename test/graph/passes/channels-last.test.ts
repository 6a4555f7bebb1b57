/** Moves that are written with the channels last. */
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph } from '../../../src/graph/graph.ts';
import { depthToSpaceChannelsLast } from '../../../src/graph/passes/depth-to-space-channels-last.ts';
import { nearestResizeChannelsLast } from '../../../src/graph/passes/nearest-resize-channels-last.ts';
import { largestDifference } from '../../support/compare-graphs.ts';

const random = new Random(21);

function moved(op: string, channels: number, attributes: Record<string, number | string>, scales?: number[]): Graph {
	const g = new GraphBuilder('moved');
	const x = g.input('x', 'float32', [2, channels, 3, 5]);
	const inputs = scales ? [x, '', g.constant(float32([4], scales))] : [x];
	g.output(g.op(op, inputs, attributes), 'y');
	return g.build();
}

t.test('DepthToSpace moves runs of channels and gives the same', async (t) => {
	for (const graph of [
		moved('DepthToSpace', 12, { blocksize: 2 }),
		moved('DepthToSpace', 18, { blocksize: 3, mode: 'DCR' }),
		moved('DepthToSpace', 4, { blocksize: 2, mode: 'CRD' }),
	]) {
		const { graph: rewritten, modified } = depthToSpaceChannelsLast(graph);
		t.ok(modified);
		t.notOk(rewritten.nodes.some(({ op }) => op === 'DepthToSpace'));
		t.equal(await largestDifference(graph, rewritten, random), 0);
	}
	const otherOrder = moved('DepthToSpace', 12, { blocksize: 2, mode: 'CRD' });
	t.equal(depthToSpaceChannelsLast(otherOrder).graph, otherOrder);
});

t.test('an enlargement that repeats pixels becomes concatenations and gives the same', async (t) => {
	for (const graph of [
		moved('Resize', 2, { nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }, [1, 1, 2, 2]),
		moved('Resize', 2, { nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' }, [1, 1, 3, 1]),
		moved('Resize', 3, {}, [1, 1, 2, 4]),
	]) {
		const { graph: rewritten, modified } = nearestResizeChannelsLast(graph);
		t.ok(modified);
		t.notOk(rewritten.nodes.some(({ op }) => op === 'Resize'));
		t.equal(await largestDifference(graph, rewritten, random), 0);
	}
});

t.test('one that does anything else is left alone', async (t) => {
	for (const graph of [
		moved('Resize', 2, { mode: 'linear' }, [1, 1, 2, 2]),
		moved('Resize', 2, {}, [1, 1, 1.5, 2]),
		moved('Resize', 2, {}, [1, 2, 2, 2]),
		moved('Resize', 2, { nearest_mode: 'ceil', coordinate_transformation_mode: 'asymmetric' }, [1, 1, 2, 2]),
	])
		t.equal(nearestResizeChannelsLast(graph).graph, graph);
});
