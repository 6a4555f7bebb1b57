/** One line of a comma-separated table (RFC 4180), without its end. */
export function csvLine(cells: readonly string[]): string {
	return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}
