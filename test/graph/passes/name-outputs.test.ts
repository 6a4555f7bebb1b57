import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { nameOutputs } from '../../../src/graph/passes/name-outputs.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';

t.test(
	'a value that is copied to an output is computed under its name, and one that is asked for twice is copied once',
	async (t) => {
		const g = new GraphBuilder('copies');
		const x = g.input('x', 'float32', [2]);
		const double = g.add(x, x);
		g.output(double, 'double');
		g.output(double, 'again');
		g.output(g.neg(double), 'negative');
		g.output(x, 'same');
		const { graph, modified } = nameOutputs(g.build());
		t.ok(modified);
		t.same(
			graph.nodes.map((node) => [node.op, node.outputs[0]]),
			[
				['Add', 'double'],
				['Identity', 'again'],
				['Neg', 'negative'],
				['Identity', 'same'],
			],
		);
		const model = await openModel(encodeModel(graph));
		const results = await model.run({ x: new Tensor('float32', Float32Array.of(1, -3), [2]) });
		await model.close();
		const found = Object.fromEntries(
			Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]),
		);
		t.same(found, { double: [2, -6], again: [2, -6], negative: [-2, 6], same: [1, -3] });
		t.notOk(nameOutputs(graph).modified);
	},
);
