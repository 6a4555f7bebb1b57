/** How hot the host is, from the sensors that Linux knows; hosts without any have none. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Temperature {
	/** Such as `cpu-thermal` or `nvme Composite`. */
	readonly sensor: string;
	readonly celsius: number;
}

/** @param sys where the kernel shows its devices */
export async function hostTemperatures(sys = '/sys/class'): Promise<readonly Temperature[]> {
	const [zones, chips] = await Promise.all([list(join(sys, 'thermal')), list(join(sys, 'hwmon'))]);
	const read = await Promise.all([
		...zones.filter((name) => /^thermal_zone\d+$/.test(name)).map((name) => zoneOf(join(sys, 'thermal', name))),
		...chips.map((name) => chipOf(join(sys, 'hwmon', name))),
	]);
	return unique(read.flat());
}

async function zoneOf(folder: string): Promise<Temperature[]> {
	const [sensor, celsius] = await Promise.all([text(join(folder, 'type')), degrees(join(folder, 'temp'))]);
	return sensor && celsius !== undefined ? [{ sensor, celsius }] : [];
}

async function chipOf(folder: string): Promise<Temperature[]> {
	const chip = (await text(join(folder, 'name'))) ?? 'hwmon';
	const inputs = (await list(folder)).filter((name) => /^temp\d+_input$/.test(name));
	const read = inputs.map(async (input): Promise<Temperature[]> => {
		const label = await text(join(folder, input.replace('input', 'label')));
		const celsius = await degrees(join(folder, input));
		return celsius === undefined ? [] : [{ sensor: `${chip} ${label ?? input.replace('_input', '')}`, celsius }];
	});
	return (await Promise.all(read)).flat();
}

/** The kernel gives thousandths; a sensor that is off answers with an error or nonsense. */
async function degrees(file: string): Promise<number | undefined> {
	const milli = Number((await text(file)) ?? Number.NaN);
	return milli > -100_000 && milli < 250_000 ? milli / 1000 : undefined;
}

async function text(file: string): Promise<string | undefined> {
	const read = await readFile(file, 'utf8').catch(() => '');
	return read.trim() || undefined;
}

async function list(folder: string): Promise<string[]> {
	return (await readdir(folder).catch(() => [])).sort();
}

/** Several sensors may have one name; the later ones are numbered. */
function unique(temperatures: readonly Temperature[]): Temperature[] {
	const seen = new Map<string, number>();
	return temperatures.map(({ sensor, celsius }) => {
		const times = (seen.get(sensor) ?? 0) + 1;
		seen.set(sensor, times);
		return { sensor: times === 1 ? sensor : `${sensor} ${times}`, celsius };
	});
}
