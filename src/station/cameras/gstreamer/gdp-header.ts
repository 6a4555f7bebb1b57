/**
 * The header in front of every packet of the GStreamer Data Protocol 1.0, which `gdppay` writes: what follows, how many bytes
 * of it, and for frames their time and number. Source: GStreamer's documentation of the protocol; 62 bytes, big-endian.
 */
export const GDP_HEADER_BYTES = 62;

export interface GdpHeader {
	readonly kind: 'frame' | 'caps' | 'segment' | 'event';
	/** Bytes that follow. */
	readonly length: number;
	/** Nanoseconds of the pipeline's time; undefined where it gives none. */
	readonly ptsNs?: number;
	/** The number that the source counts its frames with. */
	readonly number?: number;
	/** Something before it is missing. */
	readonly discontinuous: boolean;
	/** It stands for a frame that does not exist. */
	readonly gap: boolean;
}

/** Payload types: events are those of GStreamer plus 64. */
const KINDS: Readonly<Record<number, GdpHeader['kind']>> = {
	1: 'frame',
	2: 'caps',
	[64 + 0x460e]: 'segment',
};
const HAS_HEADER_CHECKSUM = 1;
const DISCONTINUOUS = 1 << 6;
const GAP = 1 << 11;
/** What stands for "no such number". */
const NONE = 0xffff_ffff_ffff_ffffn;

/** Undefined when the bytes are no such header: then the stream cannot be followed any more. */
export function readGdpHeader(bytes: Uint8Array): GdpHeader | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, GDP_HEADER_BYTES);
	if (view.getUint8(0) !== 1 || !(view.getUint8(2) & HAS_HEADER_CHECKSUM)) return undefined;
	if (view.getUint16(58) !== checksum(bytes.subarray(0, 58))) return undefined;
	const number = (at: number) => {
		const value = view.getBigUint64(at);
		return value === NONE ? undefined : Number(value);
	};
	const flags = view.getUint16(42);
	return {
		kind: KINDS[view.getUint16(4)] ?? 'event',
		length: view.getUint32(6),
		ptsNs: number(10),
		number: number(26),
		discontinuous: (flags & DISCONTINUOUS) !== 0,
		gap: (flags & GAP) !== 0,
	};
}

/** CRC of x¹⁶ + x¹² + x⁵ + 1, begun with and inverted by 0xffff. */
function checksum(bytes: Uint8Array): number {
	let crc = 0xffff;
	for (const byte of bytes) {
		crc ^= byte << 8;
		for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff) >>> 0;
	}
	return crc ^ 0xffff;
}
