/** Finds TensorFlow.js: the build for CUDA, else the one for the CPU's own instructions, else the plain JavaScript one. */
import { createRequire } from 'node:module';
import { AndonError, messageOf } from '../../../base/errors.ts';
import type { Tf } from './kernel.ts';

/** In the order they are tried. */
export const TFJS_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node', '@tensorflow/tfjs'] as const;

export type TfjsPackage = (typeof TFJS_PACKAGES)[number];

export interface LoadedTfjs {
	readonly tf: Tf;
	readonly package: TfjsPackage;
	readonly version: string;
	/** What computes: `tensorflow` (native) or `cpu` (JavaScript). */
	readonly backend: string;
}

/** How a package is found and loaded; tests put their own in. */
export interface PackageSource {
	has(name: string): boolean;
	load(name: string): Promise<unknown>;
}

/**
 * Loads the first package that is installed. One that is installed but broken is not passed over in silence.
 *
 * @throws ENGINE_UNAVAILABLE when none is installed, or the one that is cannot be loaded
 */
export async function loadTfjs(source: PackageSource = installed): Promise<LoadedTfjs> {
	const name = TFJS_PACKAGES.find((candidate) => source.has(candidate));
	if (!name)
		throw new AndonError('ENGINE_UNAVAILABLE', {
			expected: `one of ${TFJS_PACKAGES.join(', ')}`,
			found: 'none installed',
			fix: 'Install one beside Andon, such as `npm install @tensorflow/tfjs-node-gpu`, or train with --engine ort.',
		});
	try {
		if (name !== '@tensorflow/tfjs') restoreUtilHelpers();
		const tf = moduleOf(await source.load(name));
		// Without this, plain TF.js advertises the native build on the console, and checks every result for NaN.
		tf.enableProdMode();
		await tf.ready();
		// A native part that cannot compute shows only when it has to.
		tf.tidy(() => tf.add(tf.scalar(1), 1).dataSync());
		return { tf, package: name, version: tf.version_core, backend: tf.getBackend() };
	} catch (cause) {
		throw new AndonError('ENGINE_UNAVAILABLE', unloadable(name, messageOf(cause)), { cause });
	}
}

const require = createRequire(import.meta.url);

const installed: PackageSource = {
	has(name) {
		try {
			require.resolve(name);
			return true;
		} catch {
			return false;
		}
	},
	load: (name) => import(name),
};

/** CommonJS modules come whole as `default`. */
function moduleOf(loaded: unknown): Tf {
	const { default: whole } = loaded as { default?: Tf };
	return whole ?? (loaded as Tf);
}

/** tfjs-node 4.22 calls helpers of `util` that Node removed or warns about; it gets back what they were. */
function restoreUtilHelpers(): void {
	const util: Record<string, unknown> = require('node:util');
	util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
	util.isArray = Array.isArray;
}

function unloadable(name: TfjsPackage, message: string) {
	const expected = `${name} to work under Node ${process.versions.node}`;
	if (/util\w*\.is\w+\)? is not a function/.test(message))
		return {
			expected,
			found: `${message}: it calls a helper that this Node has dropped from \`util\``,
			fix: `Start Andon with the Node that ${name} was made for, or remove the package, or train with --engine ort.`,
		};
	return {
		expected,
		found: message,
		fix: `Rebuild it (\`npm rebuild ${name}\`; its native part is fetched at installation), or remove it, or train with --engine ort.`,
	};
}
