/** An image as a sensor or a stream gives it, before anything is converted. */

/** GenICam's names (PFNC) where it has one, GStreamer's for what only video streams carry. */
export const RAW_FORMATS = [
	'Mono8',
	'Mono10',
	'Mono12',
	'Mono10Packed',
	'Mono12Packed',
	'Mono10p',
	'Mono12p',
	'BayerRG8',
	'BayerGR8',
	'BayerGB8',
	'BayerBG8',
	'RGB8',
	'BGR8',
	'YUV422Packed',
	'YUV422_YUYVPacked',
	'NV12',
	'I420',
] as const;

export type RawFormat = (typeof RAW_FORMATS)[number];

export interface RawImage {
	readonly format: RawFormat;
	readonly width: number;
	readonly height: number;
	/** Bytes from one row to the next, of the first plane. */
	readonly stride: number;
	readonly data: Uint8Array;
}
