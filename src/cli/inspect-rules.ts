/** What `andon inspect` goes by: a station's own decision section, what the command line says, or both. */
import { AndonError } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import type { StationConfig } from '../station/config.ts';
import type { DecisionConfig } from '../station/decision/decision-schema.ts';
import type { FileRules } from '../station/inspect-files.ts';

export interface RuleFlags {
	readonly config?: string;
	readonly camera?: string;
	readonly mmPerPixel?: number;
	readonly rule: readonly string[];
	readonly allowRelaxing?: boolean;
}

/** What the command line says wins; its rules come after those of the file. @throws USAGE, CONFIG_INVALID, FILE_UNREADABLE */
export async function rulesOf(flags: RuleFlags): Promise<FileRules> {
	const { readStationConfig } = await import('../station/config.ts');
	const { decisionFor, decisionSchema } = await import('../station/decision/decision-schema.ts');
	const config = flags.config === undefined ? undefined : await readStationConfig(flags.config);
	if (!config && flags.camera !== undefined)
		throw usage('--camera together with --config', '--camera alone', 'Name the station.yaml of the camera.');
	const base = config && decisionFor(config.decision, config && cameraOf(config, flags).mmPerPixel);
	const decision = {
		...base,
		...(flags.mmPerPixel === undefined ? {} : { mmPerPixel: flags.mmPerPixel }),
		severity: [...(base?.severity ?? []), ...flags.rule],
		...(flags.allowRelaxing ? { allowRelaxing: true } : {}),
	};
	return {
		decision: parseWith<DecisionConfig>(decisionSchema, decision, 'the decision', config ? 'CONFIG_INVALID' : 'USAGE'),
		holdBand: config?.holdBand,
	};
}

/** The camera named; without a name the only one, or any of them when they have one scale. */
function cameraOf({ cameras }: StationConfig, { camera, mmPerPixel }: RuleFlags): StationConfig['cameras'][number] {
	const ids = cameras.map(({ id }) => id).join(', ');
	if (camera !== undefined) {
		const named = cameras.find(({ id }) => id === camera);
		if (!named) throw usage(`one of the cameras ${ids}`, `--camera ${camera}`, 'Correct the name.');
		return named;
	}
	const scales = new Set(cameras.map((each) => JSON.stringify(each.mmPerPixel)));
	if (scales.size > 1 && mmPerPixel === undefined)
		throw usage(
			'--camera, because the cameras differ in scale',
			`none of ${ids} named`,
			'Say which one took the images.',
		);
	return cameras[0];
}

function usage(expected: string, found: string, fix: string): AndonError {
	return new AndonError('USAGE', { expected, found, fix });
}
