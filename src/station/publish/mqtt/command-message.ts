/** A command as it came over MQTT, read but not yet judged. */
import type { IPublishPacket } from 'mqtt';
import { AndonError, messageOf } from '../../../base/errors.ts';

export interface CommandMessage {
	readonly name: string;
	/** Parsed JSON, or the reason why it is none. */
	readonly payload: unknown;
	readonly unreadable?: AndonError;
	/** Monotonic ms after which it must not be carried out any more. */
	readonly expiresAt?: number;
	readonly responseTopic?: string;
	readonly correlationData?: Buffer;
}

const MAX_BYTES = 16_384;

export function readCommand(name: string, payload: Uint8Array, { properties }: IPublishPacket): CommandMessage {
	const expiry = properties?.messageExpiryInterval;
	return {
		name,
		...parsePayload(payload),
		...(expiry === undefined ? {} : { expiresAt: performance.now() + expiry * 1000 }),
		responseTopic: properties?.responseTopic,
		correlationData: properties?.correlationData,
	};
}

/** An empty payload stands for no arguments. */
function parsePayload(bytes: Uint8Array): Pick<CommandMessage, 'payload' | 'unreadable'> {
	if (bytes.length > MAX_BYTES) return { payload: {}, unreadable: invalid(`${bytes.length} bytes`) };
	if (bytes.length === 0) return { payload: {} };
	try {
		return { payload: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
	} catch (cause) {
		return { payload: {}, unreadable: invalid(messageOf(cause)) };
	}
}

function invalid(found: string): AndonError {
	return new AndonError('COMMAND_INVALID', {
		expected: `a JSON object of at most ${MAX_BYTES} bytes`,
		found,
		fix: 'Send the arguments of the command as UTF-8 JSON.',
	});
}
