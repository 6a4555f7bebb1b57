/** The video devices that Linux knows: what they are called, and by which path they stay the same. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface VideoDevice {
	/** `/dev/video0` */
	readonly path: string;
	/** As its driver calls it. */
	readonly name: string;
	/** A path that names the same camera after a restart too, where there is one. */
	readonly stablePath?: string;
	/** A sensor on the ribbon cable of a Jetson: its raw pixels need NVIDIA's processor. */
	readonly isCsi: boolean;
}

/** What NVIDIA's driver calls the device of a sensor: `vi-output, imx477 9-001a`. */
const CSI = /^vi-output/;

/** @param root for tests: a folder in place of `/` */
export async function videoDevices(root = '/'): Promise<VideoDevice[]> {
	const folder = join(root, 'sys/class/video4linux');
	const names = (await namesIn(folder)).filter((name) => /^video\d+$/.test(name)).sort(byNumber);
	const stable = await stablePaths(root);
	const devices: VideoDevice[] = [];
	for (const node of names) {
		const path = `/dev/${node}`;
		// Cameras have further devices for what is no picture: those are not the first of their camera.
		if ((await textOf(join(folder, node, 'index'))) !== '0') continue;
		const name = (await textOf(join(folder, node, 'name'))) || node;
		const stablePath = stable.get(node);
		devices.push({ path, name, ...(stablePath ? { stablePath } : {}), isCsi: CSI.test(name) });
	}
	return devices;
}

async function stablePaths(root: string): Promise<Map<string, string>> {
	const paths = new Map<string, string>();
	for (const kind of ['by-path', 'by-id'])
		for (const name of await namesIn(join(root, 'dev/v4l', kind))) {
			const target = await readlink(join(root, 'dev/v4l', kind, name)).catch(() => undefined);
			if (target) paths.set(basename(target), `/dev/v4l/${kind}/${name}`);
		}
	return paths;
}

async function namesIn(folder: string): Promise<string[]> {
	return readdir(folder).catch(() => []);
}

async function textOf(file: string): Promise<string> {
	return (await readFile(file, 'utf8').catch(() => '')).trim();
}

function byNumber(a: string, b: string): number {
	return Number(a.slice('video'.length)) - Number(b.slice('video'.length));
}
