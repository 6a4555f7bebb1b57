/** A bundle appears whole or not at all; the one it replaces stays until then. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { AndonError, messageOf } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { digestOf } from './digest.ts';
import { MANIFEST_FILE, type Manifest, manifestSchema } from './manifest.ts';
import { draftOf, previousOf } from './neighbours.ts';
import { type Bundle, openBundle } from './open-bundle.ts';

export interface BundleDraft {
	/** The manifest without what the writer fills in. */
	readonly manifest: Omit<Manifest, 'formatVersion' | 'files'>;
	/** Every file but the manifest, by relative path with forward slashes. */
	readonly files: ReadonlyMap<string, Uint8Array | string>;
}

/**
 * Writes a bundle beside its place, opens it there as a station would, and only then renames it into place. Whatever
 * fails or is interrupted, `openBundle(dir)` finds the old bundle or the new one.
 *
 * @returns the bundle, opened
 * @throws BUNDLE_INVALID when the draft is not a valid bundle, or when the folder holds anything but a bundle, which
 *   replacing would delete; FILE_UNWRITABLE. Nothing is left behind.
 */
export async function writeBundle(dir: string, draft: BundleDraft): Promise<Bundle> {
	const target = await realpath(dir).catch(() => resolve(dir));
	const manifest = completeManifest(draft, dir);
	const folder = newDraft(target);
	try {
		await recover(target);
		await expectReplaceable(target);
		await writeFiles(folder, new Map([...draft.files, [MANIFEST_FILE, `${JSON.stringify(manifest, null, '\t')}\n`]]));
		await openBundle(folder);
		await replace(target, folder);
	} catch (cause) {
		await rm(folder, { recursive: true, force: true }).catch(() => {});
		if (cause instanceof AndonError) throw cause;
		throw unwritable(dir, cause);
	} finally {
		ownDrafts.delete(folder);
	}
	return openBundle(dir);
}

/** What a bundle holds, as a draft to change and write again. */
export function draftFrom(bundle: Bundle): BundleDraft {
	const { files, formatVersion: _, ...manifest } = bundle.manifest;
	return { manifest, files: new Map(Object.keys(files).map((path) => [path, bundle.read(path)])) };
}

/** Drafts being written by this process. */
const ownDrafts = new Set<string>();

function newDraft(dir: string): string {
	const folder = draftOf(dir, `${process.pid}-${randomUUID()}`);
	ownDrafts.add(folder);
	return folder;
}

function completeManifest(draft: BundleDraft, dir: string): Manifest {
	const files = [...draft.files].map(([path, data]) => [path, digestOf(data)] as const);
	const manifest = {
		formatVersion: 1,
		...draft.manifest,
		files: Object.fromEntries(files.toSorted(([a], [b]) => (a < b ? -1 : 1))),
	};
	// Through JSON first: what a reader will see is what the schema must accept.
	return parseWith(
		manifestSchema,
		JSON.parse(JSON.stringify(manifest)),
		`the manifest to write to ${dir}`,
		'BUNDLE_INVALID',
	);
}

/** Puts back what an interrupted writer had moved aside, and removes drafts of writers that are gone. */
async function recover(dir: string): Promise<void> {
	if (!(await exists(dir)) && (await exists(previousOf(dir)))) await rename(previousOf(dir), dir);
	const prefix = basename(draftOf(dir, ''));
	for (const name of await readdir(dirname(dir)).catch(() => [] as string[])) {
		const draft = join(dirname(dir), name);
		if (name.startsWith(prefix) && !ownDrafts.has(draft) && !isRunning(Number.parseInt(name.slice(prefix.length), 10)))
			await rm(draft, { recursive: true, force: true });
	}
}

/** Our own number counts as gone: what we are writing is known, so the rest is from before a restart. */
function isRunning(pid: number): boolean {
	if (pid === process.pid) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== 'ESRCH';
	}
}

/**
 * Replacing deletes: only an empty folder, or a bundle with nothing else in it, may go.
 *
 * @throws BUNDLE_INVALID naming what is in the way
 */
export async function expectReplaceable(dir: string): Promise<void> {
	if (!(await exists(dir))) return;
	const entries = await readdir(dir, { recursive: true, withFileTypes: true });
	const listed = await listedFiles(dir);
	for (const entry of entries) {
		const path = relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/');
		if (entry.isDirectory() || listed.has(path)) continue;
		throw new AndonError('BUNDLE_INVALID', {
			expected: `${dir} to be missing, empty, or a bundle and nothing else, because it will be replaced`,
			found: path,
			fix: 'Choose another folder, or move that file away.',
		});
	}
}

/** What an existing manifest claims as its own, be the bundle sound or not. */
async function listedFiles(dir: string): Promise<Set<string>> {
	try {
		const manifest = JSON.parse(await readFile(join(dir, MANIFEST_FILE), 'utf8'));
		return new Set([MANIFEST_FILE, ...Object.keys(manifest.files)]);
	} catch {
		return new Set();
	}
}

async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
	const folders = new Set([folder]);
	for (const [path, data] of files) {
		const place = join(folder, path);
		await mkdir(dirname(place), { recursive: true });
		folders.add(dirname(place));
		const file = await open(place, 'wx');
		try {
			await file.writeFile(data);
			await file.sync();
		} finally {
			await file.close();
		}
	}
	for (const path of folders) await syncFolder(path);
}

/** Two renames: POSIX has none that swaps folders. In between, readers find the old bundle under its other name. */
async function replace(dir: string, draft: string): Promise<void> {
	const previous = previousOf(dir);
	const replaces = await exists(dir);
	if (replaces) {
		await rm(previous, { recursive: true, force: true });
		await rename(dir, previous);
	}
	try {
		await rename(draft, dir);
	} catch (error) {
		if (replaces) await rename(previous, dir);
		throw error;
	}
	await syncFolder(dirname(dir));
	await rm(previous, { recursive: true, force: true });
}

/** Makes new names in a folder survive a power cut. */
async function syncFolder(path: string): Promise<void> {
	const folder = await open(path, 'r');
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
}

async function exists(path: string): Promise<boolean> {
	return (await realpath(path).catch(() => undefined)) !== undefined;
}

function unwritable(dir: string, cause: unknown): AndonError {
	return new AndonError(
		'FILE_UNWRITABLE',
		{
			expected: `to write the bundle ${dir}`,
			found: messageOf(cause),
			fix: 'Check the path, its permissions and the free space.',
		},
		{ cause },
	);
}
