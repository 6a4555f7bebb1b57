/** `andon bundle`: what a bundle holds, and whether this host can trust it. */
import { Command, Option } from 'commander';
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { ParityReport } from '../bundle/parity.ts';
import { describePlacement } from '../inference/describe-placement.ts';
import { PROVIDERS, type Provider } from '../inference/providers.ts';
import type { Placement } from '../inference/read-placement.ts';
import { perform, withJson } from './action.ts';
import { describePoint } from './describe-point.ts';
import { table } from './table.ts';

export function bundleCommand(): Command {
	return new Command('bundle')
		.description('show or verify a bundle')
		.addCommand(showCommand())
		.addCommand(verifyCommand());
}

function showCommand(): Command {
	return withJson(new Command('show').argument('<bundle>', 'folder of the bundle'))
		.description('print what a bundle holds, after checking every digest')
		.addHelpText('after', '\nExample:\n  andon bundle show models/demo')
		.action((dir: string, options) => perform(options, async () => summaryOf(await open(dir)), formatSummary));
}

function verifyCommand(): Command {
	return withJson(new Command('verify').argument('<bundle>', 'folder of the bundle'))
		.description('check every digest, then run the reference frames on this host and compare')
		.addOption(new Option('--provider <name>', 'execution provider').choices(PROVIDERS).default('cpu'))
		.addHelpText('after', '\nExample:\n  andon bundle verify models/demo')
		.action((dir: string, options) => perform(options, () => verify(dir, options.provider), formatVerification));
}

async function open(dir: string): Promise<Bundle> {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	return openBundle(dir);
}

function summaryOf({ dir, manifest, manifestHash, read }: Bundle) {
	const sizes = Object.fromEntries(Object.keys(manifest.files).map((path) => [path, read(path).length]));
	return { dir, manifestHash, sizes, manifest };
}

function formatSummary({ dir, manifestHash, sizes, manifest }: ReturnType<typeof summaryOf>): string {
	const { name, version, createdAt, input, outputs, classes, models } = manifest;
	const paths = Object.values(sizes);
	return table([
		['bundle', [`${name}, version ${version}, made ${createdAt}`, dir]],
		['identity', [`sha256 ${manifestHash}`]],
		['input', [`${input.width} × ${input.height}, ${input.channels === 1 ? 'grey' : 'RGB'}`]],
		['gives', [outputs.mask ? 'a score and a mask' : 'a score']],
		['classes', [classes.join(', ') || 'none named']],
		[
			'models',
			models.map((m) => `${m.precision}  ${kilobytes(sizes[m.file])}  ${m.file}${m.default ? '  (default)' : ''}`),
		],
		...whyDefault(manifest),
		...gateOf(manifest),
		['threshold', models.flatMap(({ precision }) => describePoint(operatingPointOf(manifest, precision)))],
		['files', [`${paths.length}, ${kilobytes(paths.reduce((sum, size) => sum + size, 0))}; every digest matches`]],
	]);
}

function gateOf({ cascade }: Bundle['manifest']): [string, string[]][] {
	if (!cascade) return [];
	return [
		[
			'gate',
			[
				`${cascade.gate.name}, ${cascade.gate.precision}  ${cascade.gate.file}; \`andon cascade show\` tells what it spares`,
			],
		],
	];
}

/** What `andon train` or `andon quantize` found; bundles from before say nothing. */
function whyDefault({ metrics }: Bundle['manifest']): [string, string[]][] {
	const { reason } = (metrics.defaultPrecision ?? {}) as { reason?: unknown };
	return typeof reason === 'string' ? [['default', [`because ${reason}`]]] : [];
}

async function verify(dir: string, provider: Provider) {
	const bundle = await open(dir);
	const { proveProvider } = await import('../station/providers/prove-provider.ts');
	const parity: Partial<Record<Precision, ParityReport>> = {};
	const placement: Partial<Record<Precision, Placement>> = {};
	// In a process of its own each: a broken driver ends that one only.
	for (const { precision } of bundle.manifest.models) {
		const proof = await proveProvider({ provider, bundle: bundle.dir, precision, threads: 0 });
		parity[precision] = proof.parity;
		placement[precision] = proof.placement;
	}
	return { dir: bundle.dir, manifestHash: bundle.manifestHash, provider, files: filesOf(bundle), parity, placement };
}

function filesOf({ manifest }: Bundle): number {
	return Object.keys(manifest.files).length;
}

function formatVerification({
	dir,
	manifestHash,
	provider,
	files,
	parity,
	placement,
}: Awaited<ReturnType<typeof verify>>): string {
	const lines = Object.entries(parity).map(
		([precision, { frames, maxScoreDifference, maxMaskDifference, meanMaskDifference }]) =>
			`${precision}  ${frames} frames: scores differ by at most ${small(maxScoreDifference)}, ` +
			`masks by ${small(maxMaskDifference)} (${small(meanMaskDifference)} on average); ` +
			describePlacement(placement[precision as Precision]!),
	);
	return table([
		['bundle', [dir]],
		['identity', [`sha256 ${manifestHash}`]],
		['files', [`${files}, every digest matches`]],
		[`on ${provider}`, lines],
		['verdict', ['this host gives the results that the bundle was made with']],
	]);
}

function kilobytes(bytes: number): string {
	return `${(bytes / 1024).toFixed(1)} KiB`;
}

function small(value: number): string {
	return value === 0 ? '0' : value.toExponential(1);
}
