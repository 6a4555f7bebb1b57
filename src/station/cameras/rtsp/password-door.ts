/**
 * Tells GStreamer the password of a camera without the list of processes, which every user of the host can read. GStreamer is
 * given the address of this door; whoever knocks and is this user is sent on to the camera, with user and password in the URL
 * of the redirection (RTSP 1.0, RFC 2326, 11.3). It opens once.
 */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';

/** GStreamer knocks at once, or has ended. */
const OPEN_MS = 15_000;

/** @param url of the stream, without user and password. @returns the URL to give away */
export async function openPasswordDoor(url: string, user: string, password: string): Promise<string> {
	const camera = new URL(url);
	camera.username = '';
	const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
	const location = camera.href.replace('//', `//${credentials}@`);
	const server = createServer((socket) => void receive(socket, server, location));
	server.unref().listen(0, '127.0.0.1');
	await once(server, 'listening');
	setTimeout(() => server.close(), OPEN_MS).unref();
	return `rtsp://127.0.0.1:${portOf(server)}/`;
}

async function receive(socket: Socket, server: Server, location: string): Promise<void> {
	socket.on('error', () => {});
	socket.setTimeout(OPEN_MS, () => socket.destroy());
	if (!(await isOurs(socket.remotePort ?? 0, portOf(server)))) {
		socket.destroy();
		return;
	}
	socket.setEncoding('utf8').on('data', (request: string) => {
		const head = `CSeq: ${/^CSeq:\s*(\d+)/im.exec(request)?.[1] ?? 0}\r\n`;
		if (request.startsWith('DESCRIBE ')) {
			socket.end(`RTSP/1.0 302 Moved Temporarily\r\n${head}Location: ${location}\r\n\r\n`);
			server.close();
		} else socket.write(`RTSP/1.0 200 OK\r\n${head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN\r\n\r\n`);
	});
}

/** Whether the other end of a connection on this host belongs to the user of this process: the kernel says so. */
async function isOurs(from: number, to: number): Promise<boolean> {
	const lines = (await readFile('/proc/net/tcp', 'utf8').catch(() => '')).split('\n').slice(1);
	for (const line of lines) {
		const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
		if (local?.endsWith(`:${hex(from)}`) && remote?.endsWith(`:${hex(to)}`)) return Number(uid) === process.getuid?.();
	}
	return false;
}

function hex(port: number): string {
	return port.toString(16).toUpperCase().padStart(4, '0');
}

function portOf(server: Server): number {
	const address = server.address();
	return typeof address === 'object' && address ? address.port : 0;
}
