/** A bundle is opened whole and proved whole, or not at all. */
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { AndonError, messageOf } from '../base/errors.ts';
import { letGo } from '../base/let-go.ts';
import { parseWith } from '../base/parse.ts';
import { CALIBRATION_FILE, type Calibration, calibrationSchema } from './calibration.ts';
import { checkExplainer, checkGate, checkModel } from './check-model.ts';
import { digestOf } from './digest.ts';
import { MANIFEST_FILE, type Manifest, manifestSchema, type Precision } from './manifest.ts';
import { modelOf } from './model-of.ts';
import { previousOf } from './neighbours.ts';

export interface Bundle {
	readonly dir: string;
	readonly manifest: Manifest;
	/** SHA-256 of `manifest.json`: names this very bundle, because the manifest lists the digest of every other file. */
	readonly manifestHash: string;
	/** Of `manifest.json`, as they were read. */
	readonly manifestBytes: Uint8Array;
	/** The precision of the default model. */
	readonly defaultPrecision: Precision;
	/** ONNX bytes; the default model when no precision is given. @throws BUNDLE_INVALID when there is none */
	model(precision?: Precision): Uint8Array;
	/** The bytes of a listed file, as they were when their digest was checked. @throws BUNDLE_INVALID when not listed */
	read(path: string): Uint8Array;
	/** The same, from its folder where they were not kept. @throws BUNDLE_DIGEST_MISMATCH when they are others by now */
	load(path: string): Promise<Uint8Array>;
	/** The text of a listed file as JSON, for a schema to judge. */
	readJson(path: string): unknown;
	calibration(): Calibration;
}

export interface Opening {
	/** Whether models are kept for `model` and `read`; for a process that runs none they are only checked. */
	readonly keepModels?: boolean;
}

/**
 * Opens a bundle: its manifest passes the schema, every file has its digest, nothing is unlisted, nothing is a link,
 * every model is one whole ONNX file with the stated inputs and outputs. Everything is kept in memory, so what was
 * checked is what will be used, even if the folder is replaced meanwhile.
 *
 * @throws BUNDLE_MISSING, BUNDLE_INVALID, BUNDLE_DIGEST_MISMATCH
 */
export async function openBundle(dir: string, { keepModels = true }: Opening = {}): Promise<Bundle> {
	const place = resolve(dir);
	for (;;) {
		const { folder, identity } = await findFolder(place);
		try {
			return await load(place, folder, keepModels);
		} catch (error) {
			// A writer may have replaced the folder between two of our reads: then it is another one now.
			const now = await findFolder(place).catch(() => undefined);
			if (!now || (now.folder === folder && now.identity === identity)) throw error;
		}
	}
}

/** While a bundle is being replaced there is a moment when only the one kept aside is there (see `writeBundle`). */
async function findFolder(dir: string): Promise<{ folder: string; identity: string }> {
	let missing: unknown;
	for (const folder of [dir, previousOf(dir), dir])
		try {
			await access(join(folder, MANIFEST_FILE));
			const { ino, ctimeNs } = await stat(folder, { bigint: true });
			return { folder, identity: `${ino} ${ctimeNs}` };
		} catch (error) {
			missing ??= error;
		}
	throw new AndonError(
		'BUNDLE_MISSING',
		{
			expected: `a bundle at ${dir}`,
			found: messageOf(missing),
			fix: 'Check the path, or make a bundle with `andon train <dataset> --out <bundle>`.',
		},
		{ cause: missing },
	);
}

async function load(dir: string, folder: string, keepModels: boolean): Promise<Bundle> {
	const manifestBytes = await readListed(folder, MANIFEST_FILE);
	const manifest = parseWith(
		manifestSchema,
		parseJson(manifestBytes, MANIFEST_FILE),
		`${MANIFEST_FILE} of ${dir}`,
		'BUNDLE_INVALID',
	);
	await expectOnlyListed(folder, manifest);
	const files = new Map<string, Uint8Array>();
	for (const [path, digest] of Object.entries(manifest.files)) {
		const bytes = await readChecked(folder, path, digest);
		if (checkIfModel(path, bytes, manifest) && !keepModels) letGo(bytes);
		else files.set(path, bytes);
	}
	return bundleOf({ dir, folder, manifest, manifestBytes, files });
}

/** @returns whether it is a model; everything that is said of it holds then @throws BUNDLE_INVALID */
function checkIfModel(path: string, bytes: Uint8Array, manifest: Manifest): boolean {
	const { models, explainer, cascade } = manifest;
	const isModel = models.some(({ file }) => file === path);
	const isExplainer = path === explainer;
	const isGate = path === cascade?.gate.file;
	if (isModel) checkModel(bytes, path, manifest);
	if (isExplainer) checkExplainer(bytes, path, manifest);
	if (isGate) checkGate(bytes, path, manifest);
	return isModel || isExplainer || isGate;
}

interface Opened extends Pick<Bundle, 'dir' | 'manifest' | 'manifestBytes'> {
	/** Where it was read. */
	readonly folder: string;
	readonly files: ReadonlyMap<string, Uint8Array>;
}

function bundleOf({ dir, folder, manifest, manifestBytes, files }: Opened): Bundle {
	const defaultPrecision = manifest.models.find((model) => model.default)!.precision;
	const read = (path: string) => {
		const bytes = files.get(path);
		if (bytes) return bytes;
		const found = Object.hasOwn(manifest.files, path) ? 'one that was only checked' : 'none';
		throw invalid(`a file ${path} in the bundle ${dir}`, found, 'Export the bundle again.');
	};
	const readJson = (path: string) => parseJson(read(path), path);
	return {
		dir,
		manifest,
		manifestHash: digestOf(manifestBytes),
		manifestBytes,
		defaultPrecision,
		model: (precision = defaultPrecision) => read(modelOf(manifest, precision).file),
		read,
		load: async (path) => files.get(path) ?? readChecked(folder, path, manifest.files[path]),
		readJson,
		calibration: () =>
			parseWith(calibrationSchema, readJson(CALIBRATION_FILE), `${CALIBRATION_FILE} of ${dir}`, 'BUNDLE_INVALID'),
	};
}

/** Links are refused with whatever else is not a plain file: they point out of what the digests cover. */
async function expectOnlyListed(folder: string, manifest: Manifest): Promise<void> {
	for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
		const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
		if (entry.isDirectory() || path === MANIFEST_FILE) continue;
		if (!entry.isFile())
			throw invalid('plain files only', `${path}, which is a link or a device`, 'Copy the bundle as files.');
		if (!Object.hasOwn(manifest.files, path))
			throw invalid('only files that the manifest lists', path, 'Remove it, or export the bundle again.');
	}
}

async function readChecked(folder: string, path: string, expected: string): Promise<Uint8Array> {
	const bytes = await readListed(folder, path);
	const actual = digestOf(bytes);
	if (actual === expected) return bytes;
	throw new AndonError('BUNDLE_DIGEST_MISMATCH', {
		expected: `${path} with SHA-256 ${expected}`,
		found: actual,
		fix: 'Copy the bundle again from where it was made, or export it again.',
	});
}

async function readListed(folder: string, path: string): Promise<Uint8Array> {
	try {
		return await readFile(join(folder, path));
	} catch (cause) {
		throw invalid(`a readable file ${path}`, messageOf(cause), 'Copy the bundle whole.', cause);
	}
}

function parseJson(bytes: Uint8Array, path: string): unknown {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch (cause) {
		throw invalid(`${path} to be JSON`, messageOf(cause), 'Copy the bundle again, or export it again.', cause);
	}
}

function invalid(expected: string, found: string, fix: string, cause?: unknown): AndonError {
	return new AndonError('BUNDLE_INVALID', { expected, found, fix }, { cause });
}
