/** A Modbus TCP peer: one connection at a time, whose every request has a time limit. */

import { z } from 'zod';
import { AndonError, messageOf } from '../../../base/errors.ts';

/** Keys of a peer, to be spread into the options of whatever uses it. */
export const modbusPeerKeys = {
	host: z.string().min(1).meta({ description: 'Address or name of the PLC or I/O module' }),
	port: z.int().min(1).max(65_535).default(502),
	unit: z.int().min(0).max(255).default(1).meta({ description: 'Unit identifier' }),
	timeoutMs: z.int().min(10).max(10_000).default(300).meta({ description: 'No answer within this is a failure' }),
};

const peerSchema = z.strictObject(modbusPeerKeys);

export type ModbusPeer = Readonly<z.infer<typeof peerSchema>>;

/** The few requests that we use; each rejects with OUTPUT_UNAVAILABLE. */
export interface ModbusConnection {
	writeCoil(address: number, on: boolean): Promise<void>;
	writeRegister(address: number, value: number): Promise<void>;
	readCoil(address: number): Promise<boolean>;
	readRegisters(kind: 'holding' | 'input', address: number, count: number): Promise<readonly number[]>;
	close(): void;
}

/** @param onLost the peer closed the connection @throws OUTPUT_UNAVAILABLE */
export async function connectModbus(peer: ModbusPeer, onLost: (error: AndonError) => void): Promise<ModbusConnection> {
	// Its types are those of the module that CommonJS sees.
	const { default: modbus } = await import('modbus-serial');
	const client = new modbus.default();
	let open = true;
	/** What ends requests that the library forgets when the connection is closed. */
	const pending = new Set<(why: Error) => void>();
	const giveUp = (why: Error) => {
		for (const reject of pending) reject(why);
		pending.clear();
	};
	const close = () => {
		open = false;
		giveUp(new Error('it was closed'));
		client.destroy(() => {});
	};
	const asked = async <T>(request: Promise<T>): Promise<T> => {
		const { promise, resolve, reject } = Promise.withResolvers<T>();
		pending.add(reject);
		request.then(resolve, reject);
		try {
			return await promise;
		} catch (cause) {
			throw modbusError(peer, cause);
		} finally {
			pending.delete(reject);
		}
	};
	client.setTimeout(peer.timeoutMs);
	client.setID(peer.unit);
	client.on('error', () => {});
	try {
		await inTime(client.connectTCP(peer.host, { port: peer.port }), peer.timeoutMs);
	} catch (cause) {
		close();
		throw modbusError(peer, cause);
	}
	client.on('close', () => {
		const why = new Error('it closed the connection');
		giveUp(why);
		if (open) onLost(modbusError(peer, why));
	});
	return {
		writeCoil: async (address, on) => void (await asked(client.writeCoil(address, on))),
		writeRegister: async (address, value) => void (await asked(client.writeRegister(address, value))),
		readCoil: async (address) => (await asked(client.readCoils(address, 1))).data[0],
		readRegisters: async (kind, address, count) =>
			(
				await asked(
					kind === 'input' ? client.readInputRegisters(address, count) : client.readHoldingRegisters(address, count),
				)
			).data,
		close,
	};
}

/** For people: `10.0.0.5:502 unit 1`. */
export function nameOfPeer({ host, port, unit }: ModbusPeer): string {
	return `${host.includes(':') ? `[${host}]` : host}:${port} unit ${unit}`;
}

/** The peer answered, and what it said is no. */
export function isRefusal(error: unknown): boolean {
	return (error as AndonError).cause !== undefined && exceptionOf((error as AndonError).cause) !== undefined;
}

function modbusError(peer: ModbusPeer, cause: unknown): AndonError {
	const exception = exceptionOf(cause);
	return new AndonError(
		'OUTPUT_UNAVAILABLE',
		{
			expected: `the Modbus peer ${nameOfPeer(peer)} to answer`,
			found: exception === undefined ? wordsOf(cause) : `exception ${exception}: ${EXCEPTIONS[exception] ?? 'unknown'}`,
			fix:
				exception === undefined
					? 'Check its power, the cable, its address and port, and that it has a connection to spare.'
					: 'Check the unit, the address (they count from 0) and whether that peer lets it be written.',
		},
		{ cause },
	);
}

/** The library throws plain objects too. */
function wordsOf(cause: unknown): string {
	return messageOf((cause as { message?: string }).message ?? cause);
}

/** Exception codes of the Modbus application protocol 1.1b3, section 7. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
	1: 'it does not know that function',
	2: 'it has no such address',
	3: 'it does not take that value',
	4: 'it failed',
	5: 'it takes its time',
	6: 'it is busy',
	10: 'the gateway has no path to it',
	11: 'it does not answer its gateway',
};

function exceptionOf(cause: unknown): number | undefined {
	return (cause as { modbusCode?: number } | undefined)?.modbusCode;
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
	const { promise: late, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(() => reject(new Error(`no connection within ${ms} ms`)), ms);
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
