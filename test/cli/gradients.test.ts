import { readFile } from 'node:fs/promises';
import t from 'tap';
import { runAndon } from '../support/run-andon.ts';

t.test('andon gradients draws a network of one’s own and says what is wrong with it', async (t) => {
	const dir = t.testdir();
	const own = ['--activation', 'sigmoid', '--depth', '12', '--steps', '20', '--out', dir];
	const { code, stdout } = await runAndon('gradients', ...own, '--json');
	t.equal(code, 0);
	const { cases, chart } = JSON.parse(stdout);
	t.equal(cases.length, 1);
	t.match(cases[0], { settings: { name: 'yours', layers: 12, activation: 'sigmoid' }, learns: false });
	t.match(cases[0].warnings, [{ kind: 'vanishing', layer: 'layer1/conv' }]);
	t.match(await readFile(chart.svg, 'utf8'), /yours: does not learn/);
	t.same([...(await readFile(chart.png)).subarray(1, 4)], [...Buffer.from('PNG')]);
});

t.test('a network that does not exist is refused by name', async (t) => {
	const { code, stderr } = await runAndon('gradients', '--activation', 'swish');
	t.equal(code, 1);
	t.match(stderr, /activation.*sigmoid/s);
});

t.test('wrong losses and a time limit without trials are refused before any image is read', async (t) => {
	const compared = await runAndon('compare-losses', 'simulated', '--losses', 'bce,jaccard');
	t.equal(compared.code, 1);
	t.match(compared.stderr, /"jaccard".*\[USAGE\]/s);
	const searched = await runAndon('train', 'simulated', '--out', t.testdir(), '--minutes', '5');
	t.equal(searched.code, 1);
	t.match(searched.stderr, /--trials 12 --minutes 60/);
});
