/** ONNX Runtime's own Python quantizer on the same float model and the same calibration samples. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tensor } from '../../inference/model.ts';
import { encodeNpy } from '../../inference/npy.ts';

const SCRIPT = 'quantize_ort.py';

export interface PeerOptions {
	/** The folder with `quantize_ort.py`. */
	readonly peers?: string;
	readonly python: string;
}

/**
 * @param feeds of the model's first input
 * @param folder for the feeds and the result
 * @returns the bytes of the peer's int8 model; @throws Error that says why there is none
 */
export async function quantizeWithPeer(
	model: string,
	feeds: readonly Tensor[],
	folder: string,
	{ peers, python }: PeerOptions,
): Promise<Uint8Array> {
	if (!peers) throw new Error('no --peers given');
	const script = join(peers, SCRIPT);
	if (!existsSync(script)) throw new Error(`there is no ${script}`);
	const samples = join(folder, 'feeds');
	await mkdir(samples, { recursive: true });
	for (const [i, feed] of feeds.entries())
		await writeFile(join(samples, `${String(i).padStart(5, '0')}.npy`), encodeNpy(feed));
	const out = join(folder, 'peer.onnx');
	// It leaves files of its own where it runs.
	const options = { encoding: 'utf8', cwd: folder } as const;
	const { status, stderr, error } = spawnSync(
		absolute(python),
		[resolve(script), resolve(model), samples, out],
		options,
	);
	if (status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1) ?? `it ended with ${status}`);
	return readFile(out);
}

/** A path stays the same wherever the program is started; a mere name is looked up as ever. */
function absolute(program: string): string {
	return program.includes('/') ? resolve(program) : program;
}
