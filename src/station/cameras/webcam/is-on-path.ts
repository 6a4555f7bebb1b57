/** Whether a program can be started by its name. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

export async function isOnPath(program: string): Promise<boolean> {
	for (const folder of (process.env.PATH ?? '').split(':'))
		if (
			await access(join(folder, program), constants.X_OK).then(
				() => true,
				() => false,
			)
		)
			return true;
	return false;
}
