import { createRequire } from 'node:module';
import * as tfjs from '@tensorflow/tfjs';
import t from 'tap';
import { loadTfjs } from '../../../src/training/engines/tfjs/load-tfjs.ts';

const require = createRequire(import.meta.url);

/** Pretends that these packages are installed, and what loading one does. */
function source(installed: readonly string[], load: (name: string) => unknown = () => tfjs) {
	const loaded: string[] = [];
	return {
		loaded,
		has: (name: string) => installed.includes(name),
		async load(name: string) {
			loaded.push(name);
			return load(name);
		},
	};
}

t.test('the package for CUDA comes first, then the native one, then plain JavaScript', async (t) => {
	const all = ['@tensorflow/tfjs', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
	for (const [installed, expected] of [
		[all, '@tensorflow/tfjs-node-gpu'],
		[all.slice(0, 2), '@tensorflow/tfjs-node'],
		[all.slice(0, 1), '@tensorflow/tfjs'],
	] as const) {
		const packages = source(installed);
		t.equal((await loadTfjs(packages)).package, expected);
		t.same(packages.loaded, [expected]);
	}
});

t.test('the installed package says its version and what computes', async (t) => {
	const { tf, version, backend } = await loadTfjs();
	t.match(version, /^4\.\d+\.\d+$/);
	t.equal(backend, tf.getBackend());
});

t.test('without any package the message says what to install', async (t) => {
	await t.rejects(loadTfjs(source([])), {
		code: 'ENGINE_UNAVAILABLE',
		message: /npm install @tensorflow\/tfjs-node-gpu.*--engine ort/,
	});
});

t.test('a package that does not load is named and not passed over', async (t) => {
	const broken = source(['@tensorflow/tfjs-node', '@tensorflow/tfjs'], () => {
		throw new Error('libtensorflow.so.2: cannot open shared object file');
	});
	await t.rejects(loadTfjs(broken), {
		code: 'ENGINE_UNAVAILABLE',
		message: /@tensorflow\/tfjs-node to work.*libtensorflow\.so\.2.*npm rebuild @tensorflow\/tfjs-node/,
	});
	t.same(broken.loaded, ['@tensorflow/tfjs-node']);
});

t.test('a native package that calls a helper Node has dropped is explained', async (t) => {
	const old = source(['@tensorflow/tfjs-node'], () => {
		throw new TypeError('(0, util_1.isRegExp) is not a function');
	});
	await t.rejects(loadTfjs(old), {
		code: 'ENGINE_UNAVAILABLE',
		message: /dropped from `util`.*Start Andon with the Node/,
	});
});

t.test('native packages find the helpers of `util` that they call', async (t) => {
	await loadTfjs(source(['@tensorflow/tfjs-node']));
	const { isNullOrUndefined, isArray } = require('node:util');
	t.same([null, undefined, 0, ''].map(isNullOrUndefined), [true, true, false, false]);
	t.same([[], {}, 'a'].map(isArray), [true, false, false]);
});
