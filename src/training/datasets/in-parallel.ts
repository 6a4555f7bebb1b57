/** Runs a few asynchronous jobs at a time, results in order: enough to keep the decoder busy, too few to fill the thread pool. */

/** Half of libuv's default pool and more than the cores of a small station; file reads elsewhere keep their turn. */
const AT_ONCE = 3;

export async function inParallel<T, R>(items: readonly T[], job: (item: T, index: number) => Promise<R>): Promise<R[]> {
	const results = new Array<R>(items.length);
	let next = 0;
	const work = async () => {
		while (next < items.length) {
			const index = next++;
			results[index] = await job(items[index], index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
	return results;
}
