/** The schema of station.yaml for editors and other programs, as published in `docs/station.schema.json`. */
import { z } from 'zod';
import { stationSchema } from './config.ts';

export function stationJsonSchema(): object {
	return { title: 'station.yaml', ...z.toJSONSchema(stationSchema, { io: 'input' }) };
}
