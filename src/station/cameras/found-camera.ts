/** A camera that was found on this host or its network, of any source. */
export interface FoundCamera {
	/** Name of the source in station.yaml. */
	readonly source: string;
	/** What the source knows it by, unique within it: a device path, the name of a device, the number of a sensor. */
	readonly id: string;
	/** Maker and model, or whatever the device calls itself. */
	readonly name: string;
	/** On the network or the bus. */
	readonly address?: string;
	readonly serial?: string;
	/** For station.yaml, beside `id` and `source`: what opens exactly this one. */
	readonly options: Readonly<Record<string, unknown>>;
}
