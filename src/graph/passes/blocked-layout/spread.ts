/** Puts phases of a map beside each other, in blocks: what enlarges a map by a stride. */
import type { BlockedWriter } from './blocked-writer.ts';

/**
 * Phases [N, (row, column, C), H, W], or one by one as rows of columns [N, C, H, W], as a map of `size` [N, C, H·rows,
 * W·columns] (cut where it is smaller).
 */
export function interleaved(
	writer: BlockedWriter,
	phases: string | readonly (readonly string[])[],
	size: readonly number[],
	[down, across]: readonly number[],
): string {
	const { g, block } = writer;
	const [n, channels] = [size[0], writer.padded(size[1])];
	const blocks = channels / block;
	if (typeof phases === 'string') {
		const [, , height, width] = g.shape(phases);
		const apart = g.reshape(phases, [n, down, across, blocks, height, width, block]);
		const full = g.transpose(apart, [0, 3, 4, 1, 5, 2, 6]);
		return cut(writer, g.reshape(full, [n, channels, height * down, width * across]), size);
	}
	const [, , height, width] = g.shape(phases[0][0]);
	const pixels = [n * blocks * height, width, block];
	const lines = phases.map((row) => {
		const columns = row.map((phase) => g.reshape(phase, pixels));
		const line = columns.length === 1 ? columns[0] : g.concat(columns, 2);
		return g.reshape(line, [n * blocks * height, width * across * block]);
	});
	const full = lines.length === 1 ? lines[0] : g.concat(lines, 1);
	return cut(writer, g.reshape(full, [n, channels, height * down, width * across]), size);
}

/** A map [N, C, H, W] with zeros in between: each value is followed by `across` − 1 columns and `down` − 1 rows of them. */
export function spreadApart(
	writer: BlockedWriter,
	x: string,
	size: readonly number[],
	[down, across]: readonly number[],
): string {
	const { g, block } = writer;
	const [n, channels, height, width] = g.shape(x);
	if (down === 1 && across === 1) return cut(writer, x, size);
	const rows = g.reshape(x, [(n * channels * height) / block, 1, width, block]);
	const spread = g.pad(rows, [0, 0, 0, 0, 0, down - 1, 0, (across - 1) * block]);
	return cut(writer, g.reshape(spread, [n, channels, height * down, width * across]), size);
}

/** Phases (row, column, C) that share the channels of one block, as a map of `size` [N, C, H·rows, W·columns] in NCHW. */
export function unpacked(
	writer: BlockedWriter,
	phases: string,
	[n, channels, tall, wide]: readonly number[],
	[down, across]: readonly number[],
): string {
	const { g } = writer;
	const [, , height, width] = g.shape(phases);
	const plain = writer.op('ReorderOutput', [phases], { channels: channels * down * across });
	const apart = g.reshape(plain, [n, down, across, channels, height, width]);
	const full = g.reshape(g.transpose(apart, [0, 3, 4, 1, 5, 2]), [n, channels, height * down, width * across]);
	return g.pad(full, [0, 0, 0, 0, 0, 0, tall - height * down, wide - width * across]);
}

/** The part of a map that counts. */
function cut({ g, block }: BlockedWriter, x: string, [, , height, width]: readonly number[]): string {
	const [n, channels, tall, wide] = g.shape(x);
	if (tall === height && wide === width) return x;
	const lines = g.reshape(x, [(n * channels) / block, tall, wide * block]);
	return g.reshape(g.pad(lines, [0, 0, 0, 0, height - tall, (width - wide) * block]), [n, channels, height, width]);
}
