/** Which tensor of a file goes to which parameter: what both ways of matching come to. */
import type { Tensor } from '../../graph/graph.ts';
import type { Match, Mismatch } from './transfer-report.ts';

export class Assignment {
	/** How it was found, for the report. */
	readonly by: string;
	readonly tensors = new Map<string, Tensor>();
	readonly matched: Match[] = [];
	readonly unused: Mismatch[] = [];
	/** Why a parameter got nothing, where more is known than that nothing was there. */
	readonly refused = new Map<string, string>();
	/** ε of the file's normalisations by the name of our scale. */
	readonly epsilons = new Map<string, number>();
	readonly notes = new Set<string>();
	folded = false;

	constructor(by: string) {
		this.by = by;
	}

	/** @param tensor in our shape, or why it cannot be brought there */
	put(parameter: string, from: string, tensor: Tensor | string): void {
		if (typeof tensor === 'string') {
			this.refused.set(parameter, tensor);
			this.unused.push({ name: from, reason: tensor });
			return;
		}
		this.tensors.set(parameter, tensor);
		this.matched.push({ parameter, from });
	}

	/** A value that the file implies. */
	imply(parameter: string, tensor: Tensor): void {
		this.tensors.set(parameter, tensor);
	}
}
