/** Providers are proved by a real inference in a process of its own. */
import t from 'tap';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { checkProviders } from '../../../src/station/host/check-providers.ts';
import { PROBE_ANSWER, PROBE_INPUT, PROBE_MODEL, PROBE_SHAPE } from '../../../src/station/host/probe-model.ts';

t.test('the probe is a convolution with the answer that arithmetic gives', async (t) => {
	const model = await openModel(PROBE_MODEL);
	const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
	const { y } = await model.run({ x: new Tensor('float32', x, PROBE_SHAPE) });
	laplace(x).forEach((value, i) => {
		t.ok(Math.abs((y.data as Float32Array)[i] - value) < 1e-5);
	});
	t.same(laplace(PROBE_INPUT), PROBE_ANSWER);
	await model.close();
});

t.test(
	'the processor is proved, and a provider that is not there is absent or a failure as it is needed',
	async (t) => {
		const unneeded = await checkProviders(['cpu']);
		t.match(unneeded[0], { name: 'provider cpu', status: 'ok', found: /operators \d+ on CPUExecutionProvider/ });
		const missing = unneeded.find(({ status }) => status === 'absent');
		if (!missing) return t.comment('every provider works here, so none can be missing');
		const needed = await checkProviders([missing.name.split(' ')[1] as 'cuda']);
		t.match(needed.find(({ name }) => name === missing.name)!, { status: 'fail', fix: /provider: cpu/ });
	},
);

/** ReLU of the four neighbours' sum minus four times the middle, zero outside. */
function laplace(x: Float32Array): number[] {
	const at = (row: number, column: number) =>
		row < 0 || column < 0 || row > 3 || column > 3 ? 0 : x[4 * row + column];
	return Array.from(x, (middle, i) => {
		const row = Math.floor(i / 4);
		const column = i % 4;
		const around = at(row - 1, column) + at(row + 1, column) + at(row, column - 1) + at(row, column + 1);
		return Math.max(0, around - 4 * middle);
	});
}
