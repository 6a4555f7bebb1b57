/** Figures for reading, in columns under their heads. */

/** The first column is flush left, the others as wide as their widest cell. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
	const lineOf = (cells: readonly string[]) =>
		cells
			.map((cell, i) => cell.padEnd(widths[i]))
			.join('  ')
			.trimEnd();
	return [lineOf(head), lineOf(widths.map((width) => '─'.repeat(width))), ...rows.map(lineOf)].join('\n');
}
