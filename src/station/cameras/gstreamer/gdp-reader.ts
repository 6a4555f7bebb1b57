/** Follows a stream of GStreamer Data Protocol packets; frames are read straight into the memory that is given for them. */
import { GDP_HEADER_BYTES, type GdpHeader, readGdpHeader } from './gdp-header.ts';

export interface GdpEvents {
	/** Memory for a frame of so many bytes. */
	memory(bytes: number): Uint8Array;
	frame(header: GdpHeader, data: Uint8Array): void;
	/** What the frames after this are, in GStreamer's notation. */
	caps(text: string): void;
	/** Times begin anew. */
	segment(): void;
	/** The bytes are no packets; nothing is told after this. */
	garbled(): void;
}

/** A frame that says to be larger is none. */
const LARGEST_FRAME = 2 ** 28;
const LARGEST_TEXT = 2 ** 20;

export class GdpReader {
	readonly #events: GdpEvents;
	readonly #head = new Uint8Array(GDP_HEADER_BYTES);
	/** What is being filled, and how far it is. */
	#target: Uint8Array = this.#head;
	#at = 0;
	/** Of the packet whose payload is being read. */
	#header: GdpHeader | undefined;
	#garbled = false;

	constructor(events: GdpEvents) {
		this.#events = events;
	}

	/** A frame has begun to arrive and is not complete: of so many bytes, so many are here. */
	get unfinished(): { readonly bytes: number; readonly of: number } | undefined {
		return this.#header?.kind === 'frame' ? { bytes: this.#at, of: this.#header.length } : undefined;
	}

	/** Where the next bytes go. */
	space(): Uint8Array {
		return this.#garbled ? this.#head : this.#target.subarray(this.#at);
	}

	filled(bytes: number): void {
		if (this.#garbled) return;
		this.#at += bytes;
		if (this.#at < this.#target.length) return;
		if (this.#header) this.#payload(this.#header, this.#target);
		else this.#begin();
	}

	#begin(): void {
		const header = readGdpHeader(this.#head);
		if (!header || header.length > (header.kind === 'frame' ? LARGEST_FRAME : LARGEST_TEXT)) {
			this.#garbled = true;
			this.#events.garbled();
		} else if (header.length === 0) this.#expectHeader();
		else {
			this.#header = header;
			this.#target = header.kind === 'frame' ? this.#events.memory(header.length) : new Uint8Array(header.length);
			this.#at = 0;
		}
	}

	#payload(header: GdpHeader, data: Uint8Array): void {
		this.#expectHeader();
		if (header.kind === 'frame') this.#events.frame(header, data);
		else if (header.kind === 'caps') this.#events.caps(Buffer.from(data).toString('utf8').replace(/\0+$/, ''));
		else if (header.kind === 'segment') this.#events.segment();
	}

	#expectHeader(): void {
		this.#header = undefined;
		this.#target = this.#head;
		this.#at = 0;
	}
}
