/** The station's own copies of the bundles that it runs or may go back to: a folder that somebody replaces changes nothing by itself. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../base/write-atomic.ts';
import { digestOf } from '../../bundle/digest.ts';
import { MANIFEST_FILE } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';

/** Digits of a manifest's hash that name its folder. */
const DIGITS = 16;

export class BundleShelf {
	readonly #root: string;
	/** Hashes of copies that were whole when they were last looked at; whoever opens one looks again. */
	readonly #whole = new Set<string>();

	/** @param storePath the store's file; the copies lie in `<store file>.bundles/` */
	constructor(storePath: string) {
		this.#root = `${storePath}.bundles`;
	}

	folderOf(hash: string): string {
		return join(this.#root, hash.slice(0, DIGITS));
	}

	/** Copies a bundle, unless a whole copy is there. @returns its folder @throws FILE_UNWRITABLE, BUNDLE_DIGEST_MISMATCH */
	async put(bundle: Bundle): Promise<string> {
		const { manifestHash: hash } = bundle;
		const folder = this.folderOf(hash);
		if (this.#whole.has(hash)) return folder;
		if (folder !== bundle.dir && !(await isWhole(folder, bundle))) await this.#copy(bundle, folder);
		this.#whole.add(hash);
		return folder;
	}

	async #copy(bundle: Bundle, folder: string): Promise<void> {
		await rm(folder, TREE);
		// One after the other, so that no more than one is in memory.
		for (const path of Object.keys(bundle.manifest.files))
			await writeAtomic(join(folder, path), await bundle.load(path));
		// Last: a copy with a manifest was written whole.
		await writeAtomic(join(folder, MANIFEST_FILE), bundle.manifestBytes);
	}

	/** Takes all away but these. */
	async tidy(hashes: readonly string[]): Promise<void> {
		const kept = new Set(hashes.map((hash) => hash.slice(0, DIGITS)));
		for (const hash of this.#whole) if (!hashes.includes(hash)) this.#whole.delete(hash);
		const names = await readdir(this.#root).catch(() => []);
		for (const name of names) if (!kept.has(name)) await rm(join(this.#root, name), TREE);
	}
}

const TREE = { recursive: true, force: true } as const;

async function isWhole(folder: string, { manifest, manifestHash }: Bundle): Promise<boolean> {
	const listed = Object.entries({ ...manifest.files, [MANIFEST_FILE]: manifestHash });
	for (const [path, digest] of listed) if ((await digestAt(join(folder, path))) !== digest) return false;
	return true;
}

async function digestAt(path: string): Promise<string | undefined> {
	const bytes = await readFile(path).catch(() => undefined);
	return bytes && digestOf(bytes);
}
