/** What a refusal of the GPIO driver means to the technician at the cabinet. */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { AndonError } from '../../base/errors.ts';

const { EACCES, EPERM, EBUSY, ENOENT, ENXIO, ENODEV, EINVAL } = constants.errno;

const FIXES: Readonly<Record<number, string>> = {
	[EACCES]: 'Give the account of the station the group of that device: `ls -l /dev/gpiochip*` names it, mostly gpio.',
	[EPERM]: 'Give the account of the station the group of that device: `ls -l /dev/gpiochip*` names it, mostly gpio.',
	[EBUSY]: 'Something else holds the line: `gpioinfo` says what. Release it there, or take another line.',
	[ENOENT]: 'Check the chip: `gpiodetect` lists those that are there.',
	[ENXIO]: 'Plug the device in again, or check the chip: `gpiodetect` lists those that are there.',
	[ENODEV]: 'Plug the device in again, or check the chip: `gpiodetect` lists those that are there.',
	[EINVAL]: 'Check the line: `gpioinfo` lists those of each chip; not every chip takes a bias or watches edges.',
};

/** @param errno of the call that failed */
export function gpioError(wanted: string, errno: number): AndonError {
	const fix = FIXES[errno] ?? 'Look at the journal of the kernel: `journalctl -k`.';
	return new AndonError('GPIO_UNAVAILABLE', { expected: wanted, found: messageOfErrno(errno), fix });
}

function messageOfErrno(errno: number): string {
	return errno > 0 ? getSystemErrorMessage(-errno) : 'a failure without a reason';
}
