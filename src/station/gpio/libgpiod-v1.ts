/** The ABI of libgpiod 1.x (libgpiod.so.2): lines belong to their chip, and edges are not numbered. */
import { gpioError } from './gpio-error.ts';
import type { Edge } from './gpio-line.ts';
import { CONSUMER, type Koffi, type NativeLibrary, type RawChip, type RawEdge, type Wiring } from './libgpiod.ts';

// Constants of gpiod.h, version 1.
const REQUEST_OUTPUT = 3;
const REQUEST_EVENTS: Readonly<Record<Edge, number>> = { falling: 4, rising: 5, both: 6 };
const ACTIVE_LOW = 1 << 2;
const BIAS_FLAGS: Readonly<Record<Wiring['bias'], number>> = {
	'as-is': 0,
	disabled: 1 << 3,
	'pull-down': 1 << 4,
	'pull-up': 1 << 5,
};
const MOST_EVENTS = 16;

/** @throws when the library lacks one of the functions */
export function bindVersion1(koffi: Koffi, library: NativeLibrary): (path: string) => RawChip {
	const config = koffi.struct({ consumer: 'const char *', request_type: 'int', flags: 'int' });
	const event = koffi.struct({ seconds: 'long', nanoseconds: 'long', kind: 'int' });
	const native = {
		open: library.func('void *gpiod_chip_open(const char *path)'),
		close: library.func('void gpiod_chip_close(void *chip)'),
		label: library.func('const char *gpiod_chip_label(void *chip)'),
		count: library.func('unsigned int gpiod_chip_num_lines(void *chip)'),
		line: library.func('void *gpiod_chip_get_line(void *chip, unsigned int offset)'),
		find: library.func('void *gpiod_chip_find_line(void *chip, const char *name)'),
		offset: library.func('unsigned int gpiod_line_offset(void *line)'),
		request: library.func('gpiod_line_request', 'int', ['void *', koffi.pointer(config), 'int']),
		set: library.func('int gpiod_line_set_value(void *line, int value)'),
		fd: library.func('int gpiod_line_event_get_fd(void *line)'),
		read: library.func('int gpiod_line_event_read_multiple(void *line, void *events, unsigned int count)'),
	};

	function take(chip: unknown, offset: number, wired: Wiring, kind: number, initial: boolean): unknown {
		const flags = (wired.activeLow ? ACTIVE_LOW : 0) | BIAS_FLAGS[wired.bias];
		const line = native.line(chip, offset);
		if (!line || native.request(line, { consumer: CONSUMER, request_type: kind, flags }, Number(initial)) !== 0)
			throw gpioError(`to take line ${offset} of ${native.label(chip)}`, koffi.errno());
		return line;
	}

	function openChip(path: string): RawChip {
		const chip = native.open(path);
		if (!chip) throw gpioError(`to open the GPIO chip ${path}`, koffi.errno());
		const close = () => native.close(chip);
		return {
			label: native.label(chip),
			close,
			offsetOf: (line) => {
				if (typeof line === 'number') return line < native.count(chip) ? line : undefined;
				const found = native.find(chip, line);
				return found ? native.offset(found) : undefined;
			},
			requestOutput: (offset, wired, initial) => {
				const line = take(chip, offset, wired, REQUEST_OUTPUT, initial);
				const set = (on: boolean) => {
					if (native.set(line, Number(on)) !== 0) throw gpioError(`to set line ${offset}`, koffi.errno());
				};
				return { set, close };
			},
			requestEdges: (offset, wired, edge) => {
				const line = take(chip, offset, wired, REQUEST_EVENTS[edge], false);
				const events = Buffer.alloc(MOST_EVENTS * koffi.sizeof(event));
				const read = (): RawEdge[] => {
					const count = native.read(line, events, MOST_EVENTS);
					if (count < 0) throw gpioError(`to read the edges of line ${offset}`, koffi.errno());
					const read: { seconds: number; nanoseconds: number }[] = koffi.decode(events, koffi.array(event, count));
					return read.map((one) => ({ timestampNs: Number(one.seconds) * 1e9 + Number(one.nanoseconds) }));
				};
				return { fd: native.fd(line), read, close };
			},
		};
	}

	return openChip;
}
