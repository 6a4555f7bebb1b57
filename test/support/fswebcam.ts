/** A program of the name of fswebcam, first on the PATH, that writes a real JPEG of the size asked for: another one every time. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeJpeg } from '../../src/imaging/encode-image.ts';
import { greyImage } from './test-station.ts';

/** Copies the picture that is next to the place named last, and writes down how it was called. */
const PROGRAM = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
[ -e "$here/broken" ] && { echo "Error opening device" >&2; exit 1; }
for last; do :; done
count=$(wc -l < "$here/calls")
cp "$here/$((count % 7)).jpg" "$last"
`;

/** @returns puts the PATH back */
export async function standInForFswebcam(dir: string): Promise<() => Promise<void>> {
	const folder = join(dir, 'bin');
	await mkdir(folder);
	for (let i = 0; i < 7; i++)
		await writeFile(join(folder, `${i}.jpg`), await encodeJpeg(greyImage(60 + 20 * i, 80, 60)));
	const program = join(folder, 'fswebcam');
	await writeFile(program, PROGRAM);
	await chmod(program, 0o755);
	const path = process.env.PATH;
	process.env.PATH = `${folder}:${path}`;
	return async () => {
		process.env.PATH = path;
	};
}
