/** Results for reading: a column of labels, a column of lines. */

/** Rows of a label and its lines, the labels in one column. */
export function table(rows: readonly [string, readonly string[]][]): string {
	const width = Math.max(...rows.map(([label]) => label.length)) + 2;
	return rows
		.flatMap(([label, lines]) => lines.map((line, i) => `${(i === 0 ? label : '').padEnd(width)}${line}`))
		.join('\n');
}
