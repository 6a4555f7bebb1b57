/** The V4L2 camera for tests: compiled here, and preloaded into the processes that are started from then on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { withoutGstreamer } from './gstreamer.ts';

const SOURCE = fileURLToPath(new URL('fake-v4l2.c', import.meta.url));

/** For tap's `skip`: false where it can be had, else why not. */
export function withoutFakeV4l2(): string | false {
	const missing = withoutGstreamer('v4l2src', 'videoconvert');
	if (missing) return missing;
	return spawnSync('cc', ['--version']).error ? 'there is no C compiler (Debian: gcc libc6-dev)' : false;
}

export class FakeV4l2 {
	readonly device = '/dev/full';
	readonly #folder: string;
	readonly #environment = { LD_PRELOAD: process.env.LD_PRELOAD, FAKE_V4L2: process.env.FAKE_V4L2 };

	constructor(dir: string) {
		this.#folder = join(dir, 'v4l2');
		mkdirSync(this.#folder);
		const library = join(this.#folder, 'fake.so');
		execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
		Object.assign(process.env, { LD_PRELOAD: library, FAKE_V4L2: this.#folder });
	}

	/** The device is gone, for those who have opened it too. */
	unplug(): void {
		writeFileSync(join(this.#folder, 'unplugged'), '');
	}

	plug(): void {
		rmSync(join(this.#folder, 'unplugged'), { force: true });
	}

	/** It loses three frames, or marks one as broken; resolves when that has happened. */
	async now(what: 'lose' | 'spoil'): Promise<void> {
		const file = join(this.#folder, what);
		writeFileSync(file, '');
		while (existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
	}

	/** What its exposure time was set to. */
	get exposure(): number {
		return Number(readFileSync(join(this.#folder, 'exposure'), 'utf8'));
	}

	remove(): void {
		for (const [key, value] of Object.entries(this.#environment))
			if (value === undefined) delete process.env[key];
			else process.env[key] = value;
	}
}

/** How far a picture is from any that the camera makes; 0 for a whole one in its place. */
export function strangeness({ width, height, channels, data }: Pixels): number {
	let worst = 0;
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const difference = (data[(y * width + x) * channels] - data[0] - 3 * x - 5 * y) & 255;
			worst = Math.max(worst, Math.min(difference, 256 - difference));
		}
	return worst;
}
