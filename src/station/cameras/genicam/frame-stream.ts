/** Frames of an open GenICam camera: buffers that go round between the camera and those who look at its frames. */
import { monotonicMs } from '../../../base/clock.ts';
import { AndonError } from '../../../base/errors.ts';
import type { LiveEvents, LiveFrame } from '../live/live-source.ts';
import type { Aravis, Pointer } from './aravis.ts';
import type { GenicamDevice } from './open-device.ts';
import { pixelFormatOf } from './pixel-formats.ts';

/** How long one wait for a frame lasts at most, µs: so long closing waits for it. */
const WAIT_US = 100_000;

/** Of the kernel, for packets that wait, bytes. */
const LARGEST_SOCKET_BUFFER = 2 ** 25;

/** `ArvBufferStatus` of a buffer that was not written to. */
const CLEARED = 1;

/** `ArvBufferStatus` of frames that cannot be used, in words. */
const STATUS: Readonly<Record<number, string>> = {
	2: 'it was not complete in time',
	3: 'packets are missing',
	4: 'a packet had a wrong number',
	5: 'it is larger than its buffer',
	6: 'it is still being filled',
	7: 'it was aborted',
	8: 'it carries something else than an image',
	9: 'it is larger than was announced',
};

/** `ArvBufferPayloadType` of those that begin with the image: image, chunk data, extended chunk data (with or without the image). */
const IMAGE_PAYLOADS: readonly number[] = [1, 4, 5, 0x4001, 0x4004, 0x4005];

export class FrameStream {
	readonly #device: GenicamDevice;
	readonly #events: Pick<LiveEvents, 'frame' | 'broken'>;
	#stream: Pointer = null;
	/** The memory that the camera writes to, by the address of its native buffer. It is ours, so it stays readable. */
	readonly #memory = new Map<Pointer, Uint8Array>();
	/** Native buffers that are not in the stream. */
	readonly #taken = new Set<Pointer>();
	#stopping = false;
	#reading: Promise<void> | undefined;

	constructor(device: GenicamDevice, events: Pick<LiveEvents, 'frame' | 'broken'>) {
		this.#device = device;
		this.#events = events;
	}

	/**
	 * @param count buffers that go round
	 * @throws Error saying what the camera refuses
	 */
	async start(count: number): Promise<void> {
		await this.#device.use(async (aravis, camera) => {
			const size = await aravis.payload(camera);
			this.#stream = await aravis.createStream(camera, null, null);
			this.#addBuffers(count, size);
			if (this.#device.kind === 'gige') this.#enlargeSocket(count * size);
			await aravis.start(camera);
		});
		this.#reading = this.#read();
	}

	/** No further events; frames in hand need not come back. Resolves once nothing reads from it any more. */
	async stop(): Promise<void> {
		this.#stopping = true;
		await this.#reading;
	}

	/** After `stop`, and when `start` failed. Memory goes with the last frame that uses it. */
	async free(): Promise<void> {
		this.#stopping = true;
		if (!this.#stream) return;
		for (const buffer of this.#taken) this.#aravis.unref(buffer);
		this.#taken.clear();
		await this.#aravis.unrefSlowly(this.#stream);
		this.#memory.clear();
	}

	get #aravis(): Aravis {
		return this.#device.aravis;
	}

	/** A camera sends a frame as one burst: what the kernel cannot hold is lost. It gives less where `rmem_max` is less. */
	#enlargeSocket(bytes: number): void {
		const size = Math.min(bytes, LARGEST_SOCKET_BUFFER);
		this.#aravis.setProperty(this.#stream, 'socket-buffer-size', 'int', size, 'void *', null);
	}

	#addBuffers(count: number, size: number): void {
		for (let i = 0; i < count; i++) {
			const memory = new Uint8Array(size);
			const buffer: Pointer = this.#aravis.newBuffer(size, memory);
			this.#memory.set(buffer, memory);
			this.#aravis.push(this.#stream, buffer);
		}
	}

	async #read(): Promise<void> {
		while (!this.#stopping) {
			const buffer = await this.#aravis.pop(this.#stream, WAIT_US);
			if (buffer) this.#take(buffer);
			// What has arrived meanwhile needs no wait on another thread.
			for (let i = 0; i < this.#memory.size && !this.#stopping; i++) {
				const next: Pointer = this.#aravis.tryPop(this.#stream);
				if (!next) break;
				this.#take(next);
			}
		}
	}

	#take(buffer: Pointer): void {
		this.#taken.add(buffer);
		if (this.#stopping) return;
		const status = this.#aravis.status(buffer);
		// Nothing was written to it: the library returns some so when a stream begins. A frame that is lost shows in the ids.
		if (status === CLEARED) this.#giveBack(buffer);
		else this.#tell(buffer, status);
	}

	#tell(buffer: Pointer, status: number): void {
		const frame = status === 0 ? this.#frameOf(buffer) : this.#broken(buffer, STATUS[status] ?? `status ${status}`);
		if (frame instanceof AndonError) {
			this.#giveBack(buffer);
			this.#events.broken(frame);
		} else this.#events.frame(frame);
	}

	#giveBack(buffer: Pointer): void {
		if (!this.#taken.has(buffer) || this.#stopping) return;
		this.#taken.delete(buffer);
		this.#aravis.push(this.#stream, buffer);
	}

	#frameOf(buffer: Pointer): LiveFrame | AndonError {
		const aravis = this.#aravis;
		const payload = aravis.payloadType(buffer);
		if (!IMAGE_PAYLOADS.includes(payload)) return this.#broken(buffer, `payload type ${payload} instead of an image`);
		const code = aravis.framePixelFormat(buffer);
		const pixels = pixelFormatOf(code);
		if (!pixels) return this.#broken(buffer, `pixel format 0x${code.toString(16)}, which is not converted`);
		const width = aravis.frameWidth(buffer);
		const height = aravis.frameHeight(buffer);
		if (width % pixels.step !== 0)
			return this.#broken(buffer, `${width} pixels a row instead of a multiple of ${pixels.step}`);
		const padding = [0];
		aravis.framePadding(buffer, padding, [0]);
		const stride = (width * pixels.bitsPerPixel) / 8 + padding[0];
		const timestamp = Number(aravis.timestamp(buffer));
		return {
			image: { format: pixels.format, width, height, stride, data: this.#memory.get(buffer)! },
			...arrival(Number(aravis.systemTimestamp(buffer))),
			device: {
				frameId: Number(aravis.frameId(buffer)),
				...(timestamp > 0 ? { timestampNs: timestamp } : {}),
			},
			release: () => this.#giveBack(buffer),
		};
	}

	#broken(buffer: Pointer, found: string): AndonError {
		return new AndonError('FRAME_BROKEN', {
			expected: `frame ${this.#aravis.frameId(buffer)} of the camera ${this.#device.id} to arrive whole`,
			found,
			fix: 'Check cable, switch, packet size and socket buffers (docs/cameras.md), and the load of the host.',
		});
	}
}

/** When its first packet came, which is known even if nobody looked for a while. @param systemNs ns since 1970, or 0 */
function arrival(systemNs: number): { acquiredAt: string; monotonicMs: number } {
	const now = Date.now();
	const ago = now - systemNs / 1e6;
	// A clock that was set meanwhile says nothing.
	const known = systemNs > 0 && ago >= 0 && ago < 10_000 ? ago : 0;
	return { acquiredAt: new Date(now - known).toISOString(), monotonicMs: monotonicMs() - known };
}
