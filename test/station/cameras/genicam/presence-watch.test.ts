/** How it is noticed that a camera is gone: over its control channel, with a camera that says what a test wants, and over USB. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import type { AndonError } from '../../../../src/base/errors.ts';
import { ControlChannel } from '../../../../src/station/cameras/genicam/control-channel.ts';
import type { GenicamDevice } from '../../../../src/station/cameras/genicam/open-device.ts';
import { watchPresence } from '../../../../src/station/cameras/genicam/presence-watch.ts';
import { until } from '../../../support/scripted-source.ts';

const PORT = 3956;
/** Its own address on the loopback, so that test processes do not meet. */
const ADDRESS = `127.${100 + (process.pid % 100)}.${(process.pid >> 8) & 255}.${1 + (process.pid % 250)}`;

/** Answers reads of its registers. */
class ScriptedCamera {
	privilege = 2;
	status = 0;
	mute = false;
	asked = 0;
	readonly #socket: Socket = createSocket('udp4');

	async start(): Promise<void> {
		this.#socket.on('message', (packet, from) => {
			this.asked++;
			if (this.mute) return;
			const answer = Buffer.alloc(12);
			answer.writeUInt16BE(this.status, 0);
			answer.writeUInt16BE(0x0081, 2);
			answer.writeUInt16BE(4, 4);
			packet.copy(answer, 6, 6, 8);
			answer.writeUInt32BE(this.privilege, 8);
			this.#socket.send(answer, from.port, from.address);
		});
		this.#socket.bind(PORT, ADDRESS);
		await once(this.#socket, 'listening');
	}

	stop(): void {
		this.#socket.close();
	}
}

t.test('over the network', async (t) => {
	const camera = new ScriptedCamera();
	await camera.start();
	t.teardown(() => camera.stop());

	t.test('a register is read as GigE Vision asks for it', async (t) => {
		const socket = createSocket('udp4');
		const address = ADDRESS.replace(/\d+$/, '251');
		socket.bind(PORT, address);
		await once(socket, 'listening');
		const channel = new ControlChannel(address);
		channel.ask();
		const [packet] = (await once(socket, 'message')) as [Buffer];
		t.equal(packet.toString('hex'), '420100800004000100000a00');
		channel.close();
		socket.close();
	});

	t.test('questions without an answer are counted, once there was one', async (t) => {
		camera.mute = true;
		const channel = new ControlChannel(ADDRESS);
		for (let i = 0; i < 3; i++) channel.ask();
		await until(() => camera.asked >= 3);
		t.equal(channel.unanswered, 0, 'some cameras answer nobody but their controller');
		camera.mute = false;
		channel.ask();
		await until(() => camera.asked >= 4);
		camera.mute = true;
		await new Promise((resolve) => setTimeout(resolve, 20));
		for (let i = 1; i <= 3; i++) {
			channel.ask();
			t.equal(channel.unanswered, i);
		}
		camera.mute = false;
		channel.ask();
		await until(() => channel.unanswered === 0);
		t.equal(channel.controlled, true);
		channel.close();
	});

	t.test('a camera that nobody controls any more was restarted; one that refuses the question is there', async (t) => {
		const channel = new ControlChannel(ADDRESS);
		camera.privilege = 0;
		camera.status = 0x8006;
		channel.ask();
		await new Promise((resolve) => setTimeout(resolve, 50));
		t.same([channel.controlled, channel.unanswered], [true, 0]);
		camera.status = 0;
		channel.ask();
		await until(() => !channel.controlled);
		channel.close();
	});

	t.test('it is said once, with the reason, and within 2 s', async (t) => {
		const device = { kind: 'gige', address: ADDRESS, id: 'cam', aravis: { isController: () => 1 } };
		camera.privilege = 2;
		const lost: AndonError[] = [];
		const end = watchPresence(device as unknown as GenicamDevice, (why) => lost.push(why));
		await new Promise((resolve) => setTimeout(resolve, 1500));
		t.same(lost, []);
		camera.mute = true;
		const begin = performance.now();
		await until(() => lost.length > 0);
		t.ok(performance.now() - begin < 2000);
		t.match(lost[0], { code: 'CAMERA_LOST', message: /cam to stay connected, found it does not answer/ });
		await new Promise((resolve) => setTimeout(resolve, 600));
		t.equal(lost.length, 1);
		end();
		end();
	});

	t.test('what libaravis sees by itself counts too', async (t) => {
		camera.mute = false;
		let controller = 1;
		const device = { kind: 'gige', address: ADDRESS, id: 'cam', aravis: { isController: () => controller } };
		const lost: AndonError[] = [];
		watchPresence(device as unknown as GenicamDevice, (why) => lost.push(why));
		controller = 0;
		await until(() => lost.length > 0);
		t.match(lost[0].message, /another program took it over/);
	});
});

t.test('over USB two reads in a row fail, one alone says nothing', async (t) => {
	const results = [true, false, true, false, false];
	const asked: boolean[] = [];
	const device = {
		kind: 'usb',
		id: 'cam',
		use: async () => {
			const works = results.shift() ?? false;
			asked.push(works);
			if (!works) throw new Error('USB3Vision read error (no device)');
		},
	};
	const lost: AndonError[] = [];
	watchPresence(device as unknown as GenicamDevice, (why) => lost.push(why));
	await until(() => lost.length > 0);
	t.same(asked, [true, false, true, false, false]);
	t.match(lost[0], { code: 'CAMERA_LOST', message: /no device/ });
});

t.test('a camera inside this process is always there', async (t) => {
	let asked = 0;
	const use = async () => {
		asked++;
		throw new Error('it would count as gone');
	};
	const lost: AndonError[] = [];
	const end = watchPresence({ kind: 'other', use } as unknown as GenicamDevice, (why) => lost.push(why));
	// Longer than a USB camera takes to be missed in the test before.
	await new Promise((resolve) => setTimeout(resolve, 1500));
	end();
	t.same([asked, lost], [0, []]);
});
