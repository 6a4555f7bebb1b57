import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { OutboxDrain } from '../../../src/station/publish/mqtt/outbox-drain.ts';

/** An outbox in memory and a broker that answers when told. */
function bench(waiting: number) {
	const rows = Array.from({ length: waiting }, (_, i) => ({
		number: i + 1,
		topic: 'inspection',
		payload: `{"n":${i + 1}}`,
	}));
	const open: { n: number; history: boolean; resolve(): void; reject(error: Error): void }[] = [];
	const sent: number[] = [];
	const refused: unknown[] = [];
	let last = waiting;
	const drain = new OutboxDrain(
		{
			unsent: (after, upTo, limit) => rows.filter(({ number }) => number > after && number <= upTo).slice(0, limit),
			lastNumber: () => last,
			sent: (number) => {
				sent.push(number);
				rows.splice(
					rows.findIndex((row) => row.number === number),
					1,
				);
				return undefined;
			},
		},
		(_topic, payload) =>
			new Promise((resolve, reject) => {
				const { n, history = false } = JSON.parse(payload);
				open.push({ n, history, resolve, reject });
			}),
		{ onRefused: (error) => refused.push(error), onSent: () => {} },
	);
	const add = () => {
		last++;
		rows.push({ number: last, topic: 'inspection', payload: `{"n":${last}}` });
		drain.pump();
	};
	return { drain, open, sent, refused, add };
}

t.test('few messages are in flight, and the next ones follow as they are taken', async (t) => {
	const { drain, open, sent } = bench(40);
	t.equal(open.length, 0, 'nothing before there is a connection');
	drain.begin();
	t.equal(open.length, 16);
	open[3].resolve();
	await turn();
	t.equal(open.length, 17);
	t.same(sent, [4]);
});

t.test('live messages go before history, and only history is marked', async (t) => {
	const { drain, open, add } = bench(40);
	drain.begin();
	add();
	add();
	for (const message of open.slice(0, 3)) message.resolve();
	await turn();
	t.same(
		open.slice(16).map(({ n, history }) => [n, history]),
		[
			[41, false],
			[42, false],
			[17, true],
		],
	);
	t.ok(open.slice(0, 16).every(({ history }) => history));
});

t.test('what was in flight when the connection ended is sent again, as history', async (t) => {
	const { drain, open, sent, refused } = bench(3);
	drain.begin();
	open[1].resolve();
	await turn();
	drain.end();
	open[0].reject(new Error('gone'));
	await turn();
	t.same(refused, [], 'the end of the connection is told by the connection');
	t.same(sent, [2]);
	drain.begin();
	t.same(
		open.slice(3).map(({ n, history }) => [n, history]),
		[
			[1, true],
			[3, true],
		],
	);
});

t.test('a refused message stops the draining and stays', async (t) => {
	const { drain, open, sent, refused, add } = bench(2);
	drain.begin();
	open[0].reject(new Error('not authorized'));
	await turn();
	t.equal(refused.length, 1);
	add();
	t.equal(open.length, 2, 'nothing more is sent');
	open[1].resolve();
	await turn();
	t.same(sent, [2], 'what the broker took is taken out all the same');
	drain.begin();
	t.same(
		open.slice(2).map(({ n }) => n),
		[1, 3],
	);
});
