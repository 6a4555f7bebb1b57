import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { NETWORKS } from '../../src/networks/index.ts';
import { openOrtEngine } from '../../src/training/engines/ort/ort-engine.ts';
import { LOSSES } from '../../src/training/losses/index.ts';
import { OPTIMIZERS } from '../../src/training/optimizers/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';

const random = new Random(4);
const x = Float32Array.from({ length: 4 * 32 * 32 }, () => random.uniform());
const batch = { x, mask: undefined, label: Float32Array.of(0, 1, 1, 1) };

/** Norms of the gradients of the third and of the last layer's weights at the first step. */
async function gradientsOf(options: object): Promise<readonly [number, number]> {
	const network = NETWORKS['plain-deep'].create({ width: 32, height: 32, filters: 8, ...options });
	const layout = parameterLayout(network);
	const engine = await openOrtEngine({
		network,
		layout,
		batch: 4,
		losses: [{ name: 'bce', output: 'score_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0.1,
		threads: 1,
	});
	const { gradientNorms } = await engine.step(batch, 0.001);
	await engine.close();
	const normOf = (layer: number) =>
		gradientNorms[layout.trainable.findIndex(({ name }) => name === `layer${layer}/conv/weight`)];
	return [normOf(3), normOf(30)];
}

t.test('thirty sigmoid layers let the gradient vanish', async (t) => {
	const [early, late] = await gradientsOf({ activation: 'sigmoid' });
	t.ok(early < 1e-6 * late, `${early} and ${late}`);
});

t.test('residual connections, batch normalisation and ReLU with the right start cure it', async (t) => {
	for (const options of [
		{ activation: 'sigmoid', residual: true },
		{ activation: 'sigmoid', batchNorm: true, residual: true },
		{ activation: 'relu', initializer: 'he' },
		{ activation: 'relu', initializer: 'orthogonal' },
		{ activation: 'tanh', initializer: 'glorot' },
	]) {
		const [early, late] = await gradientsOf(options);
		t.ok(early > 0.01 * late && early < 100 * late, `${JSON.stringify(options)}: ${early} and ${late}`);
	}
});

t.test('a start that is too small lets the signal die, one that is too large lets it explode', async (t) => {
	const [, dead] = await gradientsOf({ initializer: 'small' });
	t.ok(dead < 1e-12, `${dead}`);
	const [exploded] = await gradientsOf({ initializer: 'large' });
	t.ok(exploded > 1e6, `${exploded}`);
});
