/** One line of what the doctor found. */
import { AndonError, messageOf } from '../../base/errors.ts';

export interface Finding {
	/** What was looked at, such as `provider cuda`. */
	readonly name: string;
	/** `fail`: something needed does not work; `warn`: works, but not as it should; `absent`: not there and not needed. */
	readonly status: 'ok' | 'warn' | 'fail' | 'absent';
	readonly found: string;
	/** What was expected, unless it was found. */
	readonly expected?: string;
	/** What to do about it. */
	readonly fix?: string;
	/** Why it matters. */
	readonly why?: string;
}

/** What was thrown, as a finding. */
export function failure(name: string, error: unknown, status: 'fail' | 'warn' = 'fail'): Finding {
	if (!(error instanceof AndonError)) return { name, status, found: messageOf(error) };
	const { expected, found, fix } = error.facts;
	return { name, status, found, expected, fix };
}
