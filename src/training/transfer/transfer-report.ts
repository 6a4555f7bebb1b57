/** What became of a file of weights: what matched, what did not, and why. */

export interface TransferReport {
	readonly file: string;
	/** How tensors found their places. */
	readonly by: string;
	/** Parameters and statistics of the backbone that were loaded, and all that it has. */
	readonly loaded: number;
	readonly total: number;
	readonly matched: readonly Match[];
	/** Of the network, without the heads. */
	readonly missing: readonly Mismatch[];
	/** Of the file. */
	readonly unused: readonly Mismatch[];
	/** What is different from where the weights come from. */
	readonly notes: readonly string[];
	/** Batch normalisations were folded into the convolutions of the file: their statistics are gone. */
	readonly folded: boolean;
}

export interface Match {
	/** Our parameter. */
	readonly parameter: string;
	/** The file's tensor. */
	readonly from: string;
}

export interface Mismatch {
	readonly name: string;
	readonly reason: string;
}

/** Lines for a log: counts first, then every reason once with how often and an example. */
export function describeTransfer(report: TransferReport): readonly string[] {
	return [
		`weights: ${report.loaded} of the backbone's ${report.total} parameters and statistics from ${report.file}, by ${report.by}`,
		...grouped('not loaded', report.missing),
		...grouped('not used', report.unused),
		...report.notes.map((note) => `note: ${note}`),
	];
}

function grouped(what: string, list: readonly Mismatch[]): readonly string[] {
	const reasons = new Map<string, string[]>();
	for (const { name, reason } of list) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
	return [...reasons].map(([reason, names]) => {
		const rest = names.length > 1 ? ` and ${names.length - 1} more` : '';
		return `${what}: ${names[0]}${rest}: ${reason}`;
	});
}
