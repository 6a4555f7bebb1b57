/** The ABI of libgpiod 2.x (libgpiod.so.3): requests outlive their chip, and the kernel numbers the edges. */
import { gpioError } from './gpio-error.ts';
import type { Edge } from './gpio-line.ts';
import { CONSUMER, type Koffi, type NativeLibrary, type RawChip, type RawEdge, type Wiring } from './libgpiod.ts';

// Constants of gpiod.h, version 2.
const INPUT = 2;
const OUTPUT = 3;
const EDGE_KINDS: Readonly<Record<Edge, number>> = { rising: 2, falling: 3, both: 4 };
const BIAS_KINDS: Readonly<Record<Wiring['bias'], number>> = { 'as-is': 1, disabled: 3, 'pull-up': 4, 'pull-down': 5 };
const MOST_EVENTS = 16;
/** Edges that the kernel keeps while the event loop is busy; its own choice would be 16. */
const KEPT_EVENTS = 1024;

interface LineSettings {
	readonly direction: number;
	readonly wired: Wiring;
	readonly edge?: Edge;
	readonly initial?: boolean;
}

/** @throws when the library lacks one of the functions */
export function bindVersion2(koffi: Koffi, library: NativeLibrary): (path: string) => RawChip {
	const native = bind(library);
	/** Both are made of nothing but memory; they are freed once the kernel knows what they say. */
	function request(chip: unknown, path: string, offset: number, wanted: LineSettings): unknown {
		const settings = native.newSettings();
		const lines = native.newLines();
		const named = native.newNamed();
		try {
			native.setConsumer(named, CONSUMER);
			native.setBuffer(named, KEPT_EVENTS);
			const refused =
				native.setDirection(settings, wanted.direction) ||
				native.setBias(settings, BIAS_KINDS[wanted.wired.bias]) ||
				(wanted.edge && native.setEdge(settings, EDGE_KINDS[wanted.edge])) ||
				(wanted.initial !== undefined && native.setInitial(settings, Number(wanted.initial)));
			native.setActiveLow(settings, wanted.wired.activeLow);
			const taken =
				!refused && native.addLines(lines, [offset], 1, settings) === 0 && native.request(chip, named, lines);
			if (!taken) throw gpioError(`to take line ${offset} of ${path}`, koffi.errno());
			return taken;
		} finally {
			native.freeNamed(named);
			native.freeLines(lines);
			native.freeSettings(settings);
		}
	}

	function openChip(path: string): RawChip {
		const chip = native.open(path);
		if (!chip) throw gpioError(`to open the GPIO chip ${path}`, koffi.errno());
		const info = native.info(chip);
		const label: string = info ? native.label(info) : path;
		const count: number = info ? Number(native.count(info)) : 0;
		if (info) native.freeInfo(info);
		const release = (taken: unknown) => {
			native.release(taken);
			native.close(chip);
		};
		return {
			label,
			close: () => native.close(chip),
			offsetOf: (line) => {
				if (typeof line === 'number') return line < count ? line : undefined;
				const offset: number = native.find(chip, line);
				return offset < 0 ? undefined : offset;
			},
			requestOutput: (offset, wired, initial) => {
				const taken = request(chip, path, offset, { direction: OUTPUT, wired, initial });
				const set = (on: boolean) => {
					if (native.set(taken, offset, Number(on)) !== 0) throw gpioError(`to set line ${offset}`, koffi.errno());
				};
				return { set, close: () => release(taken) };
			},
			requestEdges: (offset, wired, edge) => {
				const taken = request(chip, path, offset, { direction: INPUT, wired, edge });
				const buffer = native.newBuffer(MOST_EVENTS);
				const read = (): RawEdge[] => {
					const read: number = native.read(taken, buffer, MOST_EVENTS);
					if (read < 0) throw gpioError(`to read the edges of line ${offset}`, koffi.errno());
					return Array.from({ length: read }, (_, i) => edgeOf(native, native.event(buffer, i)));
				};
				const close = () => {
					native.freeBuffer(buffer);
					release(taken);
				};
				return { fd: native.fd(taken), read, close };
			},
		};
	}

	return openChip;
}

function edgeOf(native: ReturnType<typeof bind>, event: unknown): RawEdge {
	return { timestampNs: Number(native.timestamp(event)), sequence: Number(native.sequence(event)) };
}

function bind(library: NativeLibrary) {
	return {
		open: library.func('void *gpiod_chip_open(const char *path)'),
		close: library.func('void gpiod_chip_close(void *chip)'),
		info: library.func('void *gpiod_chip_get_info(void *chip)'),
		freeInfo: library.func('void gpiod_chip_info_free(void *info)'),
		label: library.func('const char *gpiod_chip_info_get_label(void *info)'),
		count: library.func('size_t gpiod_chip_info_get_num_lines(void *info)'),
		find: library.func('int gpiod_chip_get_line_offset_from_name(void *chip, const char *name)'),
		newSettings: library.func('void *gpiod_line_settings_new()'),
		freeSettings: library.func('void gpiod_line_settings_free(void *settings)'),
		setDirection: library.func('int gpiod_line_settings_set_direction(void *settings, int direction)'),
		setEdge: library.func('int gpiod_line_settings_set_edge_detection(void *settings, int edge)'),
		setBias: library.func('int gpiod_line_settings_set_bias(void *settings, int bias)'),
		setActiveLow: library.func('void gpiod_line_settings_set_active_low(void *settings, bool activeLow)'),
		setInitial: library.func('int gpiod_line_settings_set_output_value(void *settings, int value)'),
		newLines: library.func('void *gpiod_line_config_new()'),
		freeLines: library.func('void gpiod_line_config_free(void *config)'),
		addLines: library.func(
			'int gpiod_line_config_add_line_settings(void *config, const unsigned int *offsets, size_t count, void *settings)',
		),
		newNamed: library.func('void *gpiod_request_config_new()'),
		freeNamed: library.func('void gpiod_request_config_free(void *config)'),
		setConsumer: library.func('void gpiod_request_config_set_consumer(void *config, const char *consumer)'),
		setBuffer: library.func('void gpiod_request_config_set_event_buffer_size(void *config, size_t size)'),
		request: library.func('void *gpiod_chip_request_lines(void *chip, void *named, void *lines)'),
		release: library.func('void gpiod_line_request_release(void *request)'),
		set: library.func('int gpiod_line_request_set_value(void *request, unsigned int offset, int value)'),
		fd: library.func('int gpiod_line_request_get_fd(void *request)'),
		read: library.func('int gpiod_line_request_read_edge_events(void *request, void *buffer, size_t count)'),
		newBuffer: library.func('void *gpiod_edge_event_buffer_new(size_t capacity)'),
		freeBuffer: library.func('void gpiod_edge_event_buffer_free(void *buffer)'),
		event: library.func('void *gpiod_edge_event_buffer_get_event(void *buffer, unsigned long index)'),
		timestamp: library.func('uint64_t gpiod_edge_event_get_timestamp_ns(void *event)'),
		sequence: library.func('unsigned long gpiod_edge_event_get_line_seqno(void *event)'),
	};
}
