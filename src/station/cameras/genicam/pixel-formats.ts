/** Which pixel formats of GenICam cameras become pixels here. Codes: EMVA, GenICam Pixel Format Naming Convention (PFNC) 2.4. */
import type { RawFormat } from '../../../imaging/raw-image.ts';

interface PixelFormat {
	readonly format: RawFormat;
	readonly bitsPerPixel: number;
	/** Widths are multiples of it. */
	readonly step: number;
}

const of = (format: RawFormat, bitsPerPixel: number, step: number): PixelFormat => ({ format, bitsPerPixel, step });

const BY_CODE: Readonly<Record<number, PixelFormat>> = {
	17301505: of('Mono8', 8, 1),
	17825795: of('Mono10', 16, 1),
	17563652: of('Mono10Packed', 12, 2),
	17432646: of('Mono10p', 10, 4),
	17825797: of('Mono12', 16, 1),
	17563654: of('Mono12Packed', 12, 2),
	17563719: of('Mono12p', 12, 2),
	17301512: of('BayerGR8', 8, 2),
	17301513: of('BayerRG8', 8, 2),
	17301514: of('BayerGB8', 8, 2),
	17301515: of('BayerBG8', 8, 2),
	35127316: of('RGB8', 24, 1),
	35127317: of('BGR8', 24, 1),
	// YUV422_8_UYVY, YCbCr422_8_CbYCrY and YCbCr601_422_8_CbYCrY.
	34603039: of('YUV422Packed', 16, 2),
	34603075: of('YUV422Packed', 16, 2),
	34603076: of('YUV422Packed', 16, 2),
	// YUV422_8, YCbCr422_8 and YCbCr601_422_8.
	34603058: of('YUV422_YUYVPacked', 16, 2),
	34603067: of('YUV422_YUYVPacked', 16, 2),
	34603070: of('YUV422_YUYVPacked', 16, 2),
};

/** @returns undefined for a format that is not converted */
export function pixelFormatOf(code: number): PixelFormat | undefined {
	return BY_CODE[code];
}

export function isConvertible(code: number): boolean {
	return code in BY_CODE;
}
