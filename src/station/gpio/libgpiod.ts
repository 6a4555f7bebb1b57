/** libgpiod, whichever of its two ABIs the host has: Debian 12 and JetPack have version 1, Debian 13 has version 2. */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Edge, GpioLine } from './gpio-line.ts';
import { bindVersion1 } from './libgpiod-v1.ts';
import { bindVersion2 } from './libgpiod-v2.ts';

export type Koffi = typeof import('koffi').default;
export type NativeLibrary = import('koffi').LibraryHandle;

/** An edge as the kernel saw it. */
export interface RawEdge {
	/** CLOCK_MONOTONIC, ns. */
	readonly timestampNs: number;
	/** Numbered by the kernel, where the library says so: a gap means that some were lost. */
	readonly sequence?: number;
}

export interface RawOutput {
	/** Sets the logical level. @throws GPIO_UNAVAILABLE */
	set(on: boolean): void;
	close(): void;
}

export interface RawEdges {
	/** Readable when edges wait. */
	readonly fd: number;
	/** The waiting edges, at most 16; to be called when there are some. @throws GPIO_UNAVAILABLE */
	read(): readonly RawEdge[];
	close(): void;
}

/** An open chip. A request takes it over: closing what was requested closes the chip. */
export interface RawChip {
	readonly label: string;
	/** @returns undefined when the chip has no such line */
	offsetOf(line: number | string): number | undefined;
	requestOutput(offset: number, wired: Wiring, initial: boolean): RawOutput;
	requestEdges(offset: number, wired: Wiring, edge: Edge): RawEdges;
	close(): void;
}

export type Wiring = Pick<GpioLine, 'activeLow' | 'bias'>;

export interface GpioLibrary {
	/** The file that was loaded. */
	readonly file: string;
	/** @throws GPIO_UNAVAILABLE */
	open(path: string): RawChip;
}

/** As `gpioinfo` shows who holds a line. */
export const CONSUMER = 'andon';

const ABIS = [
	{ file: 'libgpiod.so.3', bind: bindVersion2 },
	{ file: 'libgpiod.so.2', bind: bindVersion1 },
] as const;

let loaded: GpioLibrary | undefined;

/** The newer one where both are there; loaded once. @throws LIBRARY_MISSING */
export async function loadLibgpiod(): Promise<GpioLibrary> {
	loaded ??= load((await import('koffi')).default);
	return loaded;
}

function load(koffi: Koffi): GpioLibrary {
	const reasons: string[] = [];
	for (const { file, bind } of ABIS) {
		try {
			return { file, open: bind(koffi, koffi.load(file)) };
		} catch (error) {
			reasons.push(messageOf(error));
		}
	}
	throw new AndonError('LIBRARY_MISSING', {
		expected: 'libgpiod, to use GPIO lines',
		found: reasons.join('; '),
		fix: 'Install it: `sudo apt install libgpiod2` (Debian 12, Ubuntu, JetPack) or `sudo apt install libgpiod3` (Debian 13).',
	});
}
