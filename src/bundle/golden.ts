/** Golden parts: reference parts with known truth and enrolled scores, by which a station proves that it still sees. */
import { z } from 'zod';
import { AndonError } from '../base/errors.ts';
import { parseWith } from '../base/parse.ts';
import { digestOf } from './digest.ts';
import { bundlePath } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';
import { draftFrom, writeBundle } from './write-bundle.ts';

/** Of the list of parts, in a bundle's `golden/` and in a station's own folder. */
export const GOLDEN_LIST = 'golden.json';

const FOLDER = 'golden/';
const rate = z.number().min(0).max(1);
const file = z.strictObject({ file: bundlePath, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const listSchema = z.strictObject({
	formatVersion: z.literal(1),
	parts: z
		.array(
			z.strictObject({
				/** Unique in its set. */
				id: z.string().min(1).max(200),
				/** PNG, in the size in which the part was enrolled. */
				image: file,
				/** PNG of the true mask; a sound part needs none, a defective part without one has no measured IoU. */
				mask: file.optional(),
				class: z.string().min(1),
				defective: z.boolean(),
				/** By precision: what the model gave at enrolment. */
				enrolled: z.record(z.string(), z.strictObject({ score: rate, iou: rate.optional() })),
			}),
		)
		.min(1)
		.refine((parts) => new Set(parts.map(({ id }) => id)).size === parts.length, 'expected every id once'),
});

/** What a part scored when it was enrolled; `iou` against its true mask. */
export interface Enrolled {
	readonly score: number;
	readonly iou?: number;
}

export interface GoldenPart {
	readonly id: string;
	readonly class: string;
	readonly defective: boolean;
	/** By precision. */
	readonly enrolled: Readonly<Record<string, Enrolled>>;
	/** PNG. */
	readonly image: Uint8Array;
	/** PNG; absent on sound parts, whose mask is empty, and where nobody drew one. */
	readonly mask?: Uint8Array;
}

/** The golden parts of a bundle; undefined when it has none. @throws BUNDLE_INVALID, BUNDLE_DIGEST_MISMATCH */
export function readGolden(bundle: Pick<Bundle, 'manifest' | 'read' | 'dir'>): readonly GoldenPart[] | undefined {
	if (!Object.hasOwn(bundle.manifest.files, FOLDER + GOLDEN_LIST)) return undefined;
	return parseGolden((name) => bundle.read(FOLDER + name), `the golden parts of ${bundle.dir}`);
}

/**
 * Golden parts from their files.
 *
 * @param read the bytes of a file of the set
 * @throws BUNDLE_INVALID, BUNDLE_DIGEST_MISMATCH
 */
export function parseGolden(read: (name: string) => Uint8Array, what: string): readonly GoldenPart[] {
	const list = parseWith(listSchema, jsonOf(read(GOLDEN_LIST)), what, 'BUNDLE_INVALID');
	const checked = ({ file: name, sha256 }: { file: string; sha256: string }) => {
		const bytes = read(name);
		const found = digestOf(bytes);
		if (found === sha256) return bytes;
		throw new AndonError('BUNDLE_DIGEST_MISMATCH', {
			expected: `${name} of ${what} with SHA-256 ${sha256}`,
			found,
			fix: 'Enrol the golden parts again, or copy them again from where they were enrolled.',
		});
	};
	return list.parts.map(({ image, mask, ...part }) => ({
		...part,
		image: checked(image),
		...(mask ? { mask: checked(mask) } : {}),
	}));
}

/** The files of a set, by name: the list and its pictures. */
export function goldenFiles(parts: readonly GoldenPart[]): Map<string, Uint8Array | string> {
	const files = new Map<string, Uint8Array | string>();
	const keep = (name: string, bytes: Uint8Array) => {
		files.set(name, bytes);
		return { file: name, sha256: digestOf(bytes) };
	};
	const listed = parts.map(({ image, mask, ...part }, i) => {
		const name = String(i).padStart(3, '0');
		return { ...part, image: keep(`${name}.png`, image), ...(mask ? { mask: keep(`${name}.mask.png`, mask) } : {}) };
	});
	const list = parseWith(
		listSchema,
		{ formatVersion: 1, parts: listed },
		'the golden parts to enrol',
		'BUNDLE_INVALID',
	);
	return files.set(GOLDEN_LIST, `${JSON.stringify(list, null, '\t')}\n`);
}

/** Writes the bundle again with these golden parts in place of those it had, everything else byte for byte as it was. */
export async function writeGolden(bundle: Bundle, parts: readonly GoldenPart[]): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	const others = [...files].filter(([path]) => !path.startsWith(FOLDER));
	const golden = [...goldenFiles(parts)].map(([name, data]) => [FOLDER + name, data] as const);
	return writeBundle(bundle.dir, { manifest, files: new Map([...others, ...golden]) });
}

function jsonOf(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch {
		return undefined;
	}
}
