/** Something about a dataset that would spoil a training or its figures. */

export interface Finding {
	/** An error makes figures wrong or training impossible; a warning may be meant so. */
	readonly level: 'error' | 'warning';
	/** The sample, class, group or split that it is about. */
	readonly about: string;
	/** What is wrong and what to do. */
	readonly message: string;
}

export function error(about: string, message: string): Finding {
	return { level: 'error', about, message };
}

export function warning(about: string, message: string): Finding {
	return { level: 'warning', about, message };
}
