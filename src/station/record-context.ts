/** What every record of a part names beside the part: who inspected it, with what, by which threshold, and what that promises. */
import type { RecordContext } from './inspection-record.ts';
import { promiseVoid, type StationRooms } from './station-state.ts';

export function recordContext(rooms: StationRooms, camera: string): RecordContext {
	const { boot, config, recipe, settings, inspectors } = rooms;
	return {
		station: boot.station,
		bootId: boot.bootId,
		camera,
		recipe: recipe.reference,
		configurationHash: boot.configurationHash,
		provider: inspectors.of(camera)?.provider ?? recipe.device.provider,
		precision: recipe.model.precision,
		operatingPoint: settings.operatingPoint,
		promiseVoid: promiseVoid(rooms),
		onNotInspected: config.onNotInspected,
	};
}
