/** Datagrams to a Unix socket, which Node cannot send: through libc, without a helper program. */
import { getSystemErrorMessage } from 'node:util';
import { AndonError } from '../../base/errors.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** `sun_path` of `struct sockaddr_un`, bytes. */
const LONGEST_PATH = 108;

export interface NotifySocket {
	/** @throws SUPERVISOR_UNREACHABLE */
	send(text: string): void;
	close(): void;
}

/** @param address a path, or `@` and the name of an abstract socket @throws SUPERVISOR_UNREACHABLE */
export async function openNotifySocket(address: string): Promise<NotifySocket> {
	const koffi = (await import('koffi')).default;
	// Whatever libc this process runs with: glibc or musl.
	const libc = koffi.load(null);
	const socket = libc.func('int socket(int domain, int type, int protocol)');
	const sendto = libc.func(
		'intptr_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, unsigned int size)',
	);
	const close = libc.func('int close(int fd)');
	const to = socketAddress(address);
	const fd: number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) throw unreachable(address, koffi.errno());
	return {
		send: (text) => {
			const bytes = Buffer.from(text);
			if (sendto(fd, bytes, bytes.length, 0, to, to.length) < 0) throw unreachable(address, koffi.errno());
		},
		close: () => close(fd),
	};
}

/** `struct sockaddr_un`: the family, then the path with its end, or a zero and the abstract name without one. */
function socketAddress(address: string): Buffer {
	const abstract = address.startsWith('@');
	const name = Buffer.from(abstract ? `\0${address.slice(1)}` : `${address}\0`);
	if ((!abstract && !address.startsWith('/')) || name.length > LONGEST_PATH) throw unreachable(address, 0);
	const family = Buffer.alloc(2);
	new Uint16Array(family.buffer, family.byteOffset, 1)[0] = AF_UNIX;
	return Buffer.concat([family, name]);
}

function unreachable(address: string, errno: number): AndonError {
	return new AndonError('SUPERVISOR_UNREACHABLE', {
		expected: `systemd to listen on ${address} (NOTIFY_SOCKET)`,
		found: errno > 0 ? getSystemErrorMessage(-errno) : 'an address of another kind',
		fix: 'Start the station with the unit in deploy/systemd, or without NOTIFY_SOCKET in its environment.',
	});
}
