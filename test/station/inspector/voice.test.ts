import t from 'tap';
import type { FromInspector } from '../../../src/station/inspector/messages.ts';
import { Voice } from '../../../src/station/inspector/voice.ts';

function voiceOf() {
	const said: (readonly FromInspector[])[] = [];
	const voice = new Voice(async (messages) => {
		said.push(messages);
	});
	return { voice, said };
}

const ended = { kind: 'ended' } as const;
const failed = { kind: 'failed', code: 'INTERNAL', message: 'x' } as const;

t.test('what is sent is said at once, with what was mentioned before it and in that order', async (t) => {
	const { voice, said } = voiceOf();
	voice.mention(failed);
	t.same(said, []);
	await voice.send(ended);
	t.same(said, [[failed, ended]]);
	await voice.send(ended);
	t.same(said[1], [ended], 'nothing is said twice');
});

t.test(
	'what is to be said soon is said with what is sent at once, or by itself before the next thing is begun',
	async (t) => {
		const { voice, said } = voiceOf();
		voice.soon(failed);
		await voice.send(ended);
		t.same(said, [[failed, ended]]);
		voice.soon(ended);
		voice.mention(failed);
		let before: number | undefined;
		await new Promise<void>((resolve) =>
			setImmediate(() => {
				before = said.length;
				resolve();
			}),
		);
		t.equal(before, 2, 'it came before what was begun after it');
		t.same(said[1], [ended, failed]);
		await new Promise((resolve) => setImmediate(resolve));
		t.equal(said.length, 2, 'and once');
	},
);

t.test('what was mentioned last is said in the end', async (t) => {
	const { voice, said } = voiceOf();
	await voice.flush();
	t.same(said, [], 'nothing to say');
	voice.mention(failed);
	await voice.flush();
	t.same(said, [[failed]]);
});
