/** The GPIO chip for tests: compiled here, preloaded into a process of its own, under the libgpiod that is asked for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

type Abi = 'libgpiod.so.2' | 'libgpiod.so.3';

const SOURCE = fileURLToPath(new URL('fake-gpiochip.c', import.meta.url));

/** For tap's `skip`: false where the chip can be compiled and the library is installed, else why not. */
export function withoutGpio(abi: Abi): string | false {
	if (spawnSync('cc', ['--version']).error) return 'there is no C compiler (Debian: gcc libc6-dev)';
	try {
		koffi.load(abi).unload();
		return false;
	} catch {
		return `${abi} is not installed (Debian: ${abi === 'libgpiod.so.2' ? 'libgpiod2' : 'libgpiod3'})`;
	}
}

/** Runs a script with the chip, and gives what it printed. */
export function runWithGpio(dir: string, abi: Abi, script: string): string {
	const chip = join(dir, 'fake-gpiochip.so');
	execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', chip, SOURCE, '-ldl']);
	const env = {
		...process.env,
		NODE_OPTIONS: '',
		LD_PRELOAD: chip,
		FAKE_GPIOCHIP: chip,
		LD_LIBRARY_PATH: [hiding(dir, abi), process.env.LD_LIBRARY_PATH].join(':'),
	};
	const path = fileURLToPath(new URL(script, import.meta.url));
	return execFileSync(process.execPath, [path], { env, encoding: 'utf8' });
}

/** A folder to be searched first, in which the other library is a file that cannot be loaded. */
function hiding(dir: string, abi: Abi): string {
	const place = join(dir, 'hidden');
	mkdirSync(place, { recursive: true });
	for (const other of ['libgpiod.so.2', 'libgpiod.so.3']) if (other !== abi) writeFileSync(join(place, other), '');
	return place;
}
