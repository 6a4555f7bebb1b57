/** libaravis through koffi: its functions by their own names, those that talk to a device without blocking the event loop. */
import { AndonError, messageOf } from '../../../base/errors.ts';

type Koffi = typeof import('koffi').default;
type NativeFunction = ReturnType<import('koffi').LibraryHandle['func']>;

/** Address of a native object; 0n or null is none. */
export type Pointer = bigint | null;

export type Aravis = ReturnType<typeof bind>;

let loaded: Aravis | undefined;

/** Loaded once. @throws LIBRARY_MISSING */
export async function loadAravis(): Promise<Aravis> {
	loaded ??= bindAravis((await import('koffi')).default);
	return loaded;
}

/** @throws LIBRARY_MISSING */
export function bindAravis(koffi: Pick<Koffi, 'load' | 'struct' | 'decode' | 'array'>): Aravis {
	try {
		return bind(koffi);
	} catch (cause) {
		throw new AndonError(
			'LIBRARY_MISSING',
			{
				expected: 'libaravis 0.8, to use GenICam cameras (GigE Vision, USB3 Vision)',
				found: messageOf(cause),
				fix: 'Install it: `sudo apt install libaravis-0.8-0` (Debian, Ubuntu, JetPack).',
			},
			{ cause },
		);
	}
}

function bind(koffi: Pick<Koffi, 'load' | 'struct' | 'decode' | 'array'>) {
	const aravis = koffi.load('libaravis-0.8.so.0');
	const gobject = koffi.load('libgobject-2.0.so.0');
	const glib = koffi.load('libglib-2.0.so.0');
	const gerror = koffi.struct({ domain: 'uint32_t', code: 'int', message: 'const char *' });
	const freeError = glib.func('void g_error_free(void *error)');
	const free = glib.func('void g_free(void *memory)');
	const sync = (declaration: string) => aravis.func(declaration);

	/** On a thread of libuv's pool. */
	function slow<Result = void>(fn: NativeFunction): (...given: unknown[]) => Promise<Result> {
		return (...given) =>
			new Promise((resolve, reject) => {
				fn.async(...given, (error: unknown, result: Result) => (error ? reject(error) : resolve(result)));
			});
	}

	/** Likewise, of functions that take a GError as their last argument. The promise rejects with its message. */
	function device<Result = void>(result: string, name: string, ...types: string[]) {
		const declared = sync(`${result} ${name}(${[...types, '_Out_ void **'].join(', ')})`);
		return async (...given: unknown[]): Promise<Result> => {
			const error: Pointer[] = [null];
			const value = await slow<Result>(declared)(...given, error);
			if (error[0]) throw takeError(error[0]);
			return value;
		};
	}

	function takeError(error: Pointer): Error {
		const { message } = koffi.decode(error, gerror) as { message: string };
		freeError(error);
		return new Error(message);
	}

	/** Of functions that give a new array of names which are not ours. */
	function names(name: string, ...types: string[]) {
		const list = device<Pointer>('void *', name, ...types, '_Out_ unsigned int *');
		return async (...given: unknown[]): Promise<string[]> => {
			const count = [0];
			const array = await list(...given, count);
			if (!array) return [];
			const found = koffi.decode(array, koffi.array('const char *', count[0])) as string[];
			free(array);
			return found;
		};
	}

	/** Of functions that write the lowest and the highest value. */
	function bounds(type: string, name: string, ...types: string[]) {
		const read = device('void', name, ...types, `_Out_ ${type} *`, `_Out_ ${type} *`);
		return async (...given: unknown[]): Promise<[low: number, high: number]> => {
			const low = [0];
			const high = [0];
			await read(...given, low, high);
			return [Number(low[0]), Number(high[0])];
		};
	}

	const item = koffi.struct({ name: 'const char *', next: 'void *' });
	const firstIn = sync('void *arv_gc_category_get_features(void *category)');

	/** A linked list, which belongs to the category. */
	function namesIn(category: Pointer): string[] {
		const found: string[] = [];
		for (let at: Pointer = firstIn(category); at; ) {
			const { name, next } = koffi.decode(at, item) as { name: string; next: Pointer };
			found.push(name);
			at = next;
		}
		return found;
	}

	const text = 'const char *';
	const object = 'void *';
	return {
		// The host
		interfaceCount: sync('unsigned int arv_get_n_interfaces()'),
		interfaceId: sync('const char *arv_get_interface_id(unsigned int index)'),
		enableInterface: sync('void arv_enable_interface(const char *id)'),
		disableInterface: sync('void arv_disable_interface(const char *id)'),
		updateDeviceList: slow(sync('void arv_update_device_list()')),
		deviceCount: sync('unsigned int arv_get_n_devices()'),
		deviceId: sync('const char *arv_get_device_id(unsigned int index)'),
		deviceVendor: sync('const char *arv_get_device_vendor(unsigned int index)'),
		deviceModel: sync('const char *arv_get_device_model(unsigned int index)'),
		deviceSerial: sync('const char *arv_get_device_serial_nbr(unsigned int index)'),
		deviceAddress: sync('const char *arv_get_device_address(unsigned int index)'),
		deviceProtocol: sync('const char *arv_get_device_protocol(unsigned int index)'),
		// A camera
		open: device<Pointer>(object, 'arv_camera_new', text),
		deviceOf: sync('void *arv_camera_get_device(void *camera)'),
		isGigE: sync('int arv_camera_is_gv_device(void *camera)'),
		isUsb: sync('int arv_camera_is_uv_device(void *camera)'),
		isController: sync('int arv_gv_device_is_controller(void *device)'),
		readRegister: device<number>('int', 'arv_device_read_register', object, 'uint64_t', '_Out_ uint32_t *'),
		// Its features
		node: sync('void *arv_device_get_feature(void *device, const char *name)'),
		namesIn,
		isAvailable: device<number>('int', 'arv_camera_is_feature_available', object, text),
		choices: names('arv_camera_dup_available_enumerations_as_strings', object, text),
		integerBounds: bounds('int64_t', 'arv_camera_get_integer_bounds', object, text),
		integerIncrement: device<number | bigint>('int64_t', 'arv_camera_get_integer_increment', object, text),
		floatBounds: bounds('double', 'arv_camera_get_float_bounds', object, text),
		getInteger: device<number | bigint>('int64_t', 'arv_camera_get_integer', object, text),
		getFloat: device<number>('double', 'arv_camera_get_float', object, text),
		getString: device<string | null>(text, 'arv_camera_get_string', object, text),
		setBoolean: device('void', 'arv_camera_set_boolean', object, text, 'int'),
		setInteger: device('void', 'arv_camera_set_integer', object, text, 'int64_t'),
		setFloat: device('void', 'arv_camera_set_float', object, text, 'double'),
		setString: device('void', 'arv_camera_set_string', object, text, text),
		execute: device('void', 'arv_camera_execute_command', object, text),
		/** GTypes of the kinds of features. */
		types: {
			category: sync('size_t arv_gc_category_get_type()'),
			command: sync('size_t arv_gc_command_get_type()'),
			boolean: sync('size_t arv_gc_boolean_get_type()'),
			enumeration: sync('size_t arv_gc_enumeration_get_type()'),
			float: sync('size_t arv_gc_float_get_type()'),
			integer: sync('size_t arv_gc_integer_get_type()'),
			string: sync('size_t arv_gc_string_get_type()'),
		},
		isA: gobject.func('int g_type_check_instance_is_a(void *instance, size_t type)'),
		// What cameras call by different names
		pixelFormat: device<number>('uint32_t', 'arv_camera_get_pixel_format', object),
		exposureBounds: bounds('double', 'arv_camera_get_exposure_time_bounds', object),
		setExposure: device('void', 'arv_camera_set_exposure_time', object, 'double'),
		setExposureAuto: device('void', 'arv_camera_set_exposure_time_auto', object, 'int'),
		gainBounds: bounds('double', 'arv_camera_get_gain_bounds', object),
		setGain: device('void', 'arv_camera_set_gain', object, 'double'),
		setGainAuto: device('void', 'arv_camera_set_gain_auto', object, 'int'),
		frameRateBounds: bounds('double', 'arv_camera_get_frame_rate_bounds', object),
		setFrameRate: device('void', 'arv_camera_set_frame_rate', object, 'double'),
		clearTriggers: device('void', 'arv_camera_clear_triggers', object),
		softwareTrigger: device('void', 'arv_camera_software_trigger', object),
		setPacketSize: device('void', 'arv_camera_gv_set_packet_size', object, 'int'),
		autoPacketSize: device<number>('unsigned int', 'arv_camera_gv_auto_packet_size', object),
		setPacketDelay: device('void', 'arv_camera_gv_set_packet_delay', object, 'int64_t'),
		setContinuous: device('void', 'arv_camera_set_acquisition_mode', object, 'int'),
		// Its stream
		payload: device<number>('unsigned int', 'arv_camera_get_payload', object),
		/** Called with `socket-buffer-size`, 'int', its bytes, 'void *' and null. */
		setProperty: gobject.func('void g_object_set(void *object, const char *name, ...)'),
		createStream: device<Pointer>(object, 'arv_camera_create_stream', object, object, object),
		start: device('void', 'arv_camera_start_acquisition', object),
		stop: device('void', 'arv_camera_stop_acquisition', object),
		newBuffer: sync('void *arv_buffer_new(size_t size, void *memory)'),
		push: sync('void arv_stream_push_buffer(void *stream, void *buffer)'),
		pop: slow<Pointer>(sync('void *arv_stream_timeout_pop_buffer(void *stream, uint64_t us)')),
		tryPop: sync('void *arv_stream_try_pop_buffer(void *stream)'),
		// Its frames
		status: sync('int arv_buffer_get_status(void *buffer)'),
		payloadType: sync('int arv_buffer_get_payload_type(void *buffer)'),
		frameId: sync('uint64_t arv_buffer_get_frame_id(void *buffer)'),
		timestamp: sync('uint64_t arv_buffer_get_timestamp(void *buffer)'),
		systemTimestamp: sync('uint64_t arv_buffer_get_system_timestamp(void *buffer)'),
		framePixelFormat: sync('uint32_t arv_buffer_get_image_pixel_format(void *buffer)'),
		frameWidth: sync('int arv_buffer_get_image_width(void *buffer)'),
		frameHeight: sync('int arv_buffer_get_image_height(void *buffer)'),
		framePadding: sync('void arv_buffer_get_image_padding(void *buffer, _Out_ int *x, _Out_ int *y)'),
		unref: gobject.func('void g_object_unref(void *object)'),
		/** For objects whose end waits for threads or for the network. */
		unrefSlowly: slow(gobject.func('void g_object_unref(void *object)')),
	};
}
