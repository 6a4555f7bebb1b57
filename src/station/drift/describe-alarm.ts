/** An alarm in a technician's words: what moved, by how much, since when, and what to check. */

import type { StatisticName } from '../../metrics/drift/input-statistics.ts';
import type { Alarm } from '../../metrics/drift/input-watch.ts';
import type { PartReference } from './drift-state.ts';

interface Words {
	/** Its mean has moved. */
	moved(before: number, now: number): string;
	/** What varies, when its mean stays and its spread does not. */
	readonly varies: string;
	readonly check: string;
}

const WORDS: Readonly<Record<StatisticName, Words>> = {
	brightness: {
		moved: (before, now) => `the picture is ${relative(before, now, 'brighter', 'darker')}`,
		varies: 'the brightness of the picture',
		check: 'the light, the exposure time and the lens',
	},
	shadows: {
		moved: (before, now) => `the dark areas are ${levels(before, now, 'brighter', 'darker')}`,
		varies: 'the brightness of the dark areas',
		check: 'stray light, covers and reflections',
	},
	highlights: {
		moved: (before, now) => `the bright areas are ${relative(before, now, 'brighter', 'darker')}`,
		varies: 'the brightness of the bright areas',
		check: 'the light, the exposure time and reflections',
	},
	contrast: {
		moved: (before, now) => `contrast is ${relative(before, now, 'higher', 'lower')}`,
		varies: 'contrast',
		check: 'stray light, the lens for dirt or fog, and the position of part and light',
	},
	sharpness: {
		moved: (before, now) =>
			`the picture has ${relative(Math.exp(before / 2), Math.exp(now / 2), 'more fine detail or noise', 'less fine detail')}`,
		varies: 'the sharpness of the picture',
		check: 'focus, vibration, exposure time, gain, and the lens for dirt',
	},
	red: {
		moved: (before, now) => `the share of red light is ${relative(before, now, 'higher', 'lower')}`,
		varies: 'the colour of the picture (red)',
		check: 'the colour of the light and the white balance',
	},
	blue: {
		moved: (before, now) => `the share of blue light is ${relative(before, now, 'higher', 'lower')}`,
		varies: 'the colour of the picture (blue)',
		check: 'the colour of the light and the white balance',
	},
	texture: {
		moved: (before, now) => `the surface is farther from the known ones (${(now / before).toFixed(1)} times)`,
		varies: 'the surface',
		check: 'the product, its material and finish, and the position of the camera',
	},
	score: {
		moved: (before, now) =>
			`defect scores are ${now > before ? 'higher' : 'lower'} (mean ${number(now)}, was ${number(before)})`,
		varies: 'defect scores',
		check: 'whether there are more or fewer defects, then product and picture',
	},
};

/** @param than what it is compared with, such as `in calibration` */
export function describeAlarm(
	{ statistic, kind, before, now, since }: Alarm<PartReference>,
	camera: string,
	than: string,
): string {
	const { moved, varies, check } = WORDS[statistic];
	const changed =
		kind === 'wider' || kind === 'narrower'
			? `${varies} varies ${kind === 'wider' ? 'more' : 'less'} from part to part`
			: moved(before, now);
	const hint = kind === 'narrower' ? 'whether the camera delivers new pictures and parts really change' : check;
	const sentence = `${changed} than ${than} since part ${since.partId} (${since.at}, camera ${camera}): check ${hint}.`;
	return sentence[0].toUpperCase() + sentence.slice(1);
}

function relative(before: number, now: number, more: string, less: string): string {
	const share = Math.abs(before) < 1e-9 ? 1 : Math.abs(now / before - 1);
	return `${number(100 * share)} % ${now > before ? more : less}`;
}

function levels(before: number, now: number, more: string, less: string): string {
	return `${number(Math.abs(now - before))} grey levels ${now > before ? more : less}`;
}

function number(value: number): string {
	return String(Number(value.toPrecision(2)));
}
