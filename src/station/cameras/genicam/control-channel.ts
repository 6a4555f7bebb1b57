/** Asks a GigE Vision camera, beside libaravis, whether it is there and still ours: its own watch takes 5 s and more. */
import { createSocket, type Socket } from 'node:dgram';

/** The port of GVCP, the control protocol (AIA, GigE Vision 2.0). */
const PORT = 3956;
/** Control channel privilege: who controls the camera; its last two bits are exclusive and shared control. */
const PRIVILEGE_REGISTER = 0x0a00;
const CONTROLLED = 0b11;

const COMMAND = 0x42;
const ANSWER_WANTED = 0x01;
const READ_REGISTER = 0x0080;
const READ_REGISTER_ANSWER = 0x0081;

export class ControlChannel {
	readonly #address: string;
	readonly #socket: Socket = createSocket('udp4');
	#request = 0;
	/** Requests since the last answer; undefined before the first one. */
	#unanswered: number | undefined;
	#privilege = CONTROLLED;

	constructor(address: string) {
		this.#address = address;
		this.#socket.on('message', (answer, { address }) => this.#heard(answer, address));
		// A host that is unreachable is one that does not answer.
		this.#socket.on('error', () => {});
		this.#socket.unref();
	}

	/** Requests in a row without an answer; 0 for a camera that never answered, since some answer to their controller only. */
	get unanswered(): number {
		return this.#unanswered ?? 0;
	}

	/** Whether somebody controls it: a camera that was restarted has forgotten us. */
	get controlled(): boolean {
		return (this.#privilege & CONTROLLED) !== 0;
	}

	ask(): void {
		if (this.#unanswered !== undefined) this.#unanswered++;
		// 0 is no valid number of a request.
		this.#request = (this.#request % 0xffff) + 1;
		const packet = Buffer.alloc(12);
		packet.writeUInt8(COMMAND, 0);
		packet.writeUInt8(ANSWER_WANTED, 1);
		packet.writeUInt16BE(READ_REGISTER, 2);
		packet.writeUInt16BE(4, 4);
		packet.writeUInt16BE(this.#request, 6);
		packet.writeUInt32BE(PRIVILEGE_REGISTER, 8);
		this.#socket.send(packet, PORT, this.#address, () => {});
	}

	close(): void {
		this.#socket.close();
	}

	#heard(answer: Buffer, address: string): void {
		if (address !== this.#address || answer.length < 8 || answer.readUInt16BE(2) !== READ_REGISTER_ANSWER) return;
		this.#unanswered = 0;
		const succeeded = answer.readUInt16BE(0) === 0 && answer.length >= 12;
		if (succeeded && answer.readUInt16BE(6) === this.#request) this.#privilege = answer.readUInt32BE(8);
	}
}
