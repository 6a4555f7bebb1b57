/** `andon cameras`: what is connected, source by source, with a test frame of each to look at. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { AndonError, messageOf } from '../base/errors.ts';
import type { Findings } from '../station/cameras/discover/find-cameras.ts';
import type { TestFrame } from '../station/cameras/discover/take-test-frame.ts';
import type { SourceName } from '../station/cameras/index.ts';
import { perform, withJson } from './action.ts';
import { table } from './table.ts';

interface Flags {
	readonly source?: SourceName;
	readonly options?: string;
	readonly test?: string;
	readonly json?: boolean;
}

/** A camera that a frame is to be taken of. */
interface Wanted {
	/** Name of the file, without its ending. */
	readonly name: string;
	readonly source: SourceName;
	readonly options: object;
}

interface Tested extends Wanted {
	readonly file?: string;
	readonly width?: number;
	readonly height?: number;
	readonly coloured?: boolean;
	/** Grey levels from 0 to 255; sharpness compares frames of one scene only. */
	readonly look?: TestFrame['look'];
	/** Frames a second, as they came. */
	readonly fps?: number;
	readonly problem?: { readonly code: string; readonly message: string };
}

interface Result {
	readonly sources: readonly Findings[];
	readonly tested?: readonly Tested[];
}

const NAMES = ['genicam', 'csi', 'v4l2', 'rtsp', 'webcam', 'folder', 'simulator', 'videotest', 'http'];

/** Grey levels beyond which something is plainly wrong. */
const DARK = 20;
const BRIGHT = 235;

const EXAMPLES = `
Examples:
  andon cameras
  andon cameras --test frames
  andon cameras --source rtsp --options '{"url":"rtsp://camera/stream1"}' --test frames
  andon cameras station.yaml --test frames

A camera that a running station uses cannot be tested: stop the station first.`;

export function camerasCommand(): Command {
	return withJson(
		new Command('cameras')
			.description('list the cameras that are connected, and take a test frame of each')
			.argument('[station.yaml]', 'the cameras of a station, in place of what is found')
			.option('--test <dir>', 'write a test frame of each there, as PNG')
			.addOption(new Option('--source <name>', 'only this source').choices(NAMES))
			.option('--options <json>', 'one camera of that source, with its options as in station.yaml')
			.addHelpText('after', EXAMPLES),
	).action((file: string | undefined, flags: Flags) => perform(flags, () => run(file, flags), describe));
}

async function run(file: string | undefined, flags: Flags): Promise<Result> {
	if (flags.options !== undefined && (!flags.source || file)) throw usage('--options with --source', 'it alone');
	const named = file !== undefined || flags.options !== undefined;
	const sources = named ? [] : await findAll(flags.source);
	const wanted = file !== undefined ? await ofStation(file, flags.source) : ofSources(sources, flags);
	if (!named && flags.test === undefined) return { sources };
	const tested: Tested[] = [];
	// One after the other: cameras share buses, and sources devices.
	for (const one of wanted) tested.push(await testOne(one, flags.test));
	if (tested.some(({ problem }) => problem)) process.exitCode = 1;
	return { sources, tested };
}

async function findAll(source: SourceName | undefined): Promise<Findings[]> {
	const { findCameras } = await import('../station/cameras/discover/find-cameras.ts');
	return findCameras(source);
}

async function ofStation(file: string, source: SourceName | undefined): Promise<Wanted[]> {
	const { readStationConfig } = await import('../station/config.ts');
	const { cameras } = await readStationConfig(file);
	const wanted = cameras.map(({ id, source, expectSize: _, mmPerPixel: __, ...options }) => ({
		name: id,
		source,
		options,
	}));
	return source ? wanted.filter((camera) => camera.source === source) : wanted;
}

/** The one that was named; else all that were found, webcams only on demand: they are the same devices as those of v4l2. */
function ofSources(sources: readonly Findings[], { source, options }: Flags): Wanted[] {
	if (source && options !== undefined) return [{ name: source, source, options: parse(options) }];
	if (source === 'simulator' || source === 'videotest') return [{ name: source, source, options: {} }];
	return sources.flatMap(({ source: from, cameras, problem }) =>
		problem || (from === 'webcam' && source !== 'webcam')
			? []
			: cameras.map(({ id, options: own }) => ({ name: `${from}-${id}`, source: from, options: own })),
	);
}

function parse(options: string): object {
	try {
		const parsed: unknown = JSON.parse(options);
		if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
		throw usage('--options to be a JSON object', options);
	} catch (error) {
		throw error instanceof AndonError ? error : usage('--options to be JSON', messageOf(error));
	}
}

async function testOne(wanted: Wanted, dir: string | undefined): Promise<Tested> {
	const { takeTestFrame } = await import('../station/cameras/discover/take-test-frame.ts');
	const { createLogger } = await import('../base/log.ts');
	try {
		if (wanted.source === 'http') throw usage('a camera that can be asked', 'one whose images are posted');
		const log = createLogger('cameras', process.env.ANDON_LOG ?? 'warn');
		const frame = await takeTestFrame(wanted.source, wanted.options, log);
		if (!('pixels' in frame)) return { ...wanted, problem: { code: frame.code, message: frame.message } };
		const { pixels, coloured, look, frames, seconds } = frame;
		const { width, height } = pixels;
		const file = dir === undefined ? undefined : await write(dir, wanted.name, frame);
		const fps = frames > 1 && seconds > 0 ? (frames - 1) / seconds : undefined;
		return { ...wanted, file, width, height, coloured, look, fps };
	} catch (error) {
		return { ...wanted, problem: problemOf(error) };
	}
}

async function write(dir: string, name: string, { pixels }: TestFrame): Promise<string> {
	const { encodePng } = await import('../imaging/encode-image.ts');
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const file = join(dir, `${name.replaceAll(/[^\w-]+/g, '-').replace(/^-+/, '')}.png`);
	await writeAtomic(file, await encodePng(pixels));
	return file;
}

function problemOf(error: unknown): { code: string; message: string } {
	const code = error instanceof AndonError ? error.code : 'INTERNAL';
	return { code, message: messageOf(error) };
}

function usage(expected: string, found: string): AndonError {
	return new AndonError('USAGE', { expected, found, fix: 'See `andon cameras --help`.' });
}

function describe({ sources, tested = [] }: Result): string {
	const frames = tested.map((one): [string, string[]] => [one.name, sayTested(one)]);
	return [sources.length > 0 && table(sources.flatMap(sayFound)), frames.length > 0 && table(frames)]
		.filter(Boolean)
		.join('\n\n');
}

function sayFound({ source, cameras, needs, problem }: Findings): [string, string[]][] {
	const found = cameras.flatMap(({ id, name, address, serial, options }) => {
		const more = [address !== id && address, serial && `serial ${serial}`].filter(Boolean).join(', ');
		return [`${id}  ${name}${more ? ` (${more})` : ''}`, `    ${JSON.stringify(options)}`];
	});
	const nothing = found.length === 0 && !problem ? [needs ? `needs ${needs}` : 'none found'] : [];
	return [[source, [...found, ...nothing, ...(problem ? [`${problem.message} [${problem.code}]`] : [])]]];
}

function sayTested({ file, width, height, coloured, look, fps, problem }: Tested): string[] {
	if (problem || !look) return [`${problem?.message} [${problem?.code}]`];
	const { brightness, shadows, highlights, sharpness } = look;
	const facts = [
		`${width} × ${height}`,
		coloured ? 'colour' : 'grey',
		fps && `${fps.toFixed(1)} frames/s`,
		`brightness ${level(brightness)} of 255 (5 % below ${level(shadows)}, 5 % above ${level(highlights)})`,
		`sharpness ${sharpness.toFixed(2)}`,
		highlights < DARK && 'DARK: is there light, is the cap off?',
		shadows > BRIGHT && 'OVER-EXPOSED: shorten the exposure',
		file,
	];
	return [facts.filter(Boolean).join(', ')];
}

/** Interpolation may end a little below zero. */
function level(grey: number): string {
	return Math.max(0, grey).toFixed(0);
}
