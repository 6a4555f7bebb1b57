/** Whether libaravis is installed here. */
import { messageOf } from '../../src/base/errors.ts';
import { loadAravis } from '../../src/station/cameras/genicam/aravis.ts';

/** For tap's `skip`: false where it is, else why not. */
export const withoutAravis: string | false = await loadAravis().then(
	() => false,
	(error) => messageOf(error),
);
