/** The way that a password takes to GStreamer: to this user alone, and once. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { openPasswordDoor } from '../../../../src/station/cameras/rtsp/password-door.ts';

async function ask(url: string, method: string): Promise<string> {
	const socket = connect(Number(new URL(url).port), '127.0.0.1');
	await once(socket, 'connect');
	socket.write(`${method} ${url} RTSP/1.0\r\nCSeq: 7\r\n\r\n`);
	const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
	socket.destroy();
	return String(answer);
}

t.test('it sends on to the camera, whatever is in the password, and opens once', async (t) => {
	const door = await openPasswordDoor('rtsp://cam:8554/a?b=c', 'ann b', 'p@ss:/w');
	t.match(door, /^rtsp:\/\/127\.0\.0\.1:\d+\/$/);
	t.match(await ask(door, 'OPTIONS'), /^RTSP\/1\.0 200 OK\r\nCSeq: 7\r\n/);
	t.equal(
		await ask(door, 'DESCRIBE'),
		'RTSP/1.0 302 Moved Temporarily\r\nCSeq: 7\r\nLocation: rtsp://ann%20b:p%40ss%3A%2Fw@cam:8554/a?b=c\r\n\r\n',
	);
	await t.rejects(ask(door, 'DESCRIBE'), { code: 'ECONNREFUSED' });
});

const asNobody = ['--reuid=65534', '--clear-groups', '--', '/usr/bin/python3', '-c'];
const canBeNobody = process.getuid?.() === 0 && spawnSync('setpriv', [...asNobody, '0']).status === 0;

t.test(
	'another user of the host gets nothing',
	{ skip: canBeNobody ? false : 'takes root to be another user' },
	async (t) => {
		const door = await openPasswordDoor('rtsp://cam/a', 'ann', 'secret');
		const { port } = new URL(door);
		const knock = `import socket; s = socket.create_connection(("127.0.0.1", ${port})); s.sendall(b"DESCRIBE x RTSP/1.0\\r\\nCSeq: 1\\r\\n\\r\\n"); print(s.recv(999))`;
		const child = spawn('setpriv', [...asNobody, knock], { stdio: ['ignore', 'pipe', 'ignore'] });
		let heard = '';
		child.stdout.on('data', (text) => {
			heard += text;
		});
		await once(child, 'close');
		t.notMatch(heard, /secret|302/);
		t.match(await ask(door, 'DESCRIBE'), /302/, 'the door is still there for its own');
	},
);
