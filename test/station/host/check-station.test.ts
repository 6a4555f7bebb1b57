import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { writeBundle } from '../../../src/bundle/write-bundle.ts';
import { checkStation } from '../../../src/station/host/check-station.ts';
import { tinyDraft } from '../../support/tiny-bundle.ts';

const certified = (precision: string) => ({
	threshold: 0.41,
	method: 'guaranteed-recall' as const,
	recall: 0.95,
	confidence: 0.95,
	n: 60,
	toleratedMisses: 0,
	precision,
});

t.test(
	'a station that would run a model without a certified recall is warned, and told how to certify it',
	async (t) => {
		const draft = await tinyDraft();
		const dir = t.testdir();
		for (const [name, others, settings, expected] of [
			['default', undefined, 'provider: cpu', { status: 'ok', found: /int8 \(the bundle's default\)/ }],
			[
				'other',
				undefined,
				'precision: fp32',
				{ status: 'warn', found: /nothing is certified for fp32/, fix: /--precision fp32/ },
			],
			[
				'gpu',
				undefined,
				'provider: cuda',
				{ status: 'warn', found: /fp32 \(for cuda: the bundle holds no fp16 model\)/ },
			],
			['certified', { fp32: certified('fp32') }, 'provider: cuda', { status: 'ok', found: /fp32/ }],
		] as const) {
			const manifest = { ...draft.manifest, operatingPoint: certified('int8'), otherOperatingPoints: others };
			await writeBundle(join(dir, name), { ...draft, manifest });
			const file = join(dir, `${name}.yaml`);
			const camera = 'cameras: [{id: a, source: simulator}]';
			await writeFile(file, `station: s\nbundle: ./${name}\n${settings}\n${camera}\n`);
			const { findings } = await checkStation(file);
			t.match(
				findings.find((finding) => finding.name === 'bundle'),
				expected,
				name,
			);
		}
	},
);
