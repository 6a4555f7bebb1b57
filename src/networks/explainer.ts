/** A classifier's heat map as one graph, for stations: pixels in, where the model sees a defect out. */
import { GraphBuilder } from '../graph/builder.ts';
import { float32, type Graph } from '../graph/graph.ts';
import { classActivation } from './class-activation.ts';

/** A heat map without any heat is not scaled up. */
const LEAST = 1e-12;

/**
 * Takes the float model that `deploy` made of a network without a mask: `image` uint8 [1,H,W,C] → `heat` float32 [1,H,W] in
 * [0,1], the class activation of "defective" (of a softmax head, of the defect classes, each as likely as it is among
 * them), enlarged to the image's size and scaled to a maximum of 1.
 *
 * @throws MODEL_UNSUPPORTED as `classActivation` does
 */
export function explainer(deployed: Graph): Graph {
	const activation = classActivation(deployed, { withLogits: true });
	const [height, width] = deployed.inputs[0].shape!.slice(1, 3) as readonly number[];
	const g = new GraphBuilder(`${deployed.name}-explainer`);
	for (const { name, type, shape } of activation.inputs) if (name !== 'explained') g.input(name, type, shape ?? []);
	for (const [name, tensor] of activation.initializers) g.constant(tensor, name);
	for (const node of activation.nodes) {
		// The gradient starts at `explained`, which here follows from the logits: it is put behind them.
		if (node.inputs.includes('explained') && !g.has('explained')) explained(g);
		g.append(node, activation.values);
	}
	const small = g.op('Unsqueeze', ['heat', g.ints([0])], {}, { names: ['small_heat'] });
	const large = g.op('Resize', [small, '', '', g.ints([1, 1, height, width])], { mode: 'linear' });
	const most = g.op('Max', [g.op('ReduceMax', [large], { keepdims: 1 }), g.scalar(LEAST)]);
	g.output(g.reshape(g.div(large, most), [1, height, width]), 'heat_map');
	return g.build();
}

/** 1 for a sigmoid head; 0 for the sound class and the shares of the defects for a softmax head. */
function explained(g: GraphBuilder): void {
	const [, classes] = g.shape('score_logits');
	const names = { names: ['explained'] };
	if (classes === 1) return void g.op('Identity', [g.constant(float32([1, 1], [1]))], {}, names);
	const defects = g.op('Softmax', [g.slice('score_logits', [1], [1], [classes])], { axis: 1 });
	g.op('Concat', [g.constant(float32([1, 1], [0])), defects], { axis: 1 }, names);
}
