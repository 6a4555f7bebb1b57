/** Two connected sockets: one for a child to write into, the other read straight into the memory where frames are kept. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FramePipe {
	/** For the `stdio` of a child; to be destroyed here once the child has it. */
	readonly theirs: Socket;
	readonly ours: Socket;
}

export interface Reader {
	/** Where the next bytes go; asked before every read. */
	space(): Uint8Array;
	/** So many bytes of the space are filled. */
	filled(bytes: number): void;
}

/** Through a folder that only this user can enter, gone when the pair stands. */
export async function openFramePipe(reader: Reader): Promise<FramePipe> {
	const folder = await mkdtemp(join(tmpdir(), 'andon-frames-'));
	const path = join(folder, 'socket');
	const server = createServer({ pauseOnConnect: true });
	try {
		await once(server.listen(path), 'listening');
		const accepted = once(server, 'connection');
		const callback = (bytes: number) => {
			reader.filled(bytes);
			return true;
		};
		const ours = connect({ path, onread: { buffer: () => reader.space(), callback } });
		await once(ours, 'connect');
		const [theirs] = await accepted;
		return { theirs, ours };
	} finally {
		server.close();
		await rm(folder, { recursive: true, force: true });
	}
}
