/** The program that node-webcam starts. */
import { AndonError } from '../../../base/errors.ts';
import { isOnPath } from './is-on-path.ts';

/** @throws LIBRARY_MISSING */
export async function requireFswebcam(): Promise<void> {
	if (await isOnPath('fswebcam')) return;
	throw new AndonError('LIBRARY_MISSING', {
		expected: 'the program fswebcam',
		found: 'it is not installed',
		fix: 'Install it: apt-get install fswebcam; or use the source v4l2.',
	});
}
