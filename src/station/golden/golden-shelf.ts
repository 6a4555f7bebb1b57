/** The station's own golden parts, beside its store: what was accepted as reference stays it when the bundle is swapped. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { digestOf } from '../../bundle/digest.ts';
import { GOLDEN_LIST, type GoldenPart, goldenFiles, parseGolden } from '../../bundle/golden.ts';
import type { Change } from '../commands.ts';
import type { Store } from '../store/store.ts';
import type { EnrolledWith } from './golden-run.ts';

export interface GoldenSet {
	readonly parts: readonly GoldenPart[];
	readonly enrolledWith: EnrolledWith;
	/** ISO 8601. */
	readonly enrolledAt: string;
}

const SETTING = 'golden-set';
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What the store remembers: which folder holds the set, and what its list must be. */
const placeSchema = z.strictObject({
	digest,
	enrolledAt: z.string(),
	enrolledWith: z.strictObject({
		name: z.string(),
		version: z.string(),
		hash: digest,
		thresholds: z.record(z.string(), z.number()),
	}),
});

type Place = z.infer<typeof placeSchema>;

export class GoldenShelf {
	readonly #root: string;
	readonly #setting: string;
	readonly #store: Pick<Store, 'setting' | 'change'>;

	/**
	 * @param storePath the store's file; the parts lie in `<store file>.golden/`
	 * @param place names the recipe that they are of, where there are several
	 */
	constructor(storePath: string, place: string, store: Pick<Store, 'setting' | 'change'>) {
		this.#root = `${storePath}.golden${place}`;
		this.#setting = `${SETTING}${place}`;
		this.#store = store;
	}

	/** Undefined when nothing was ever enrolled. @throws BUNDLE_INVALID, BUNDLE_DIGEST_MISMATCH, FILE_UNREADABLE */
	async load(): Promise<GoldenSet | undefined> {
		const stored = this.#store.setting(this.#setting);
		if (stored === undefined) return undefined;
		const place = parseWith(placeSchema, stored, 'the golden set in the store', 'BUNDLE_INVALID');
		const files = await this.#read(place);
		const what = `the golden parts in ${this.#root}`;
		const read = (name: string) => files.get(name) ?? new Uint8Array();
		if (digestOf(read(GOLDEN_LIST)) !== place.digest) throw changed(what, place.digest, digestOf(read(GOLDEN_LIST)));
		return { parts: parseGolden(read, what), enrolledWith: place.enrolledWith, enrolledAt: place.enrolledAt };
	}

	/** Replaces the set; the old one stays until the new one is durable, and the audit log says who did it. */
	async keep(parts: readonly GoldenPart[], enrolledWith: EnrolledWith, by: Change): Promise<GoldenSet> {
		const files = goldenFiles(parts);
		const list = digestOf(files.get(GOLDEN_LIST)!);
		const place: Place = { digest: list, enrolledAt: new Date().toISOString(), enrolledWith };
		for (const [name, data] of files) await writeAtomic(join(this.#folderOf(place), name), data);
		const old = this.#store.setting(this.#setting);
		await this.#store.change(this.#setting, place, {
			...by,
			what: SETTING,
			old,
			new: { ...place, parts: parts.length },
		});
		for (const name of await readdir(this.#root))
			if (join(this.#root, name) !== this.#folderOf(place))
				await rm(join(this.#root, name), { recursive: true, force: true });
		return { parts, enrolledWith, enrolledAt: place.enrolledAt };
	}

	#folderOf({ digest: list }: Place): string {
		return join(this.#root, list.slice(0, 16));
	}

	async #read(place: Place): Promise<Map<string, Uint8Array>> {
		const folder = this.#folderOf(place);
		try {
			const names = await readdir(folder);
			return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
		} catch (cause) {
			throw new AndonError(
				'FILE_UNREADABLE',
				{
					expected: `the golden parts in ${folder}`,
					found: messageOf(cause),
					fix: 'Put the folder back, or enrol the bundle’s parts again with the command `enroll-golden`.',
				},
				{ cause },
			);
		}
	}
}

function changed(what: string, expected: string, found: string): AndonError {
	return new AndonError('BUNDLE_DIGEST_MISMATCH', {
		expected: `${GOLDEN_LIST} of ${what} with SHA-256 ${expected}`,
		found,
		fix: 'Put the files back, or enrol the bundle’s parts again with the command `enroll-golden`.',
	});
}
