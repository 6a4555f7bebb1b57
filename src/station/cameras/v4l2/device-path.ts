/** The path of a video device, strictly: it becomes a word of another program's command line. */
import { z } from 'zod';

export const devicePath = z
	.string()
	.max(200)
	.regex(/^\/dev\/[A-Za-z0-9][A-Za-z0-9_.:/-]*$/, 'expected the path of a device, such as /dev/video0')
	.refine((path) => !path.split('/').includes('..'), 'expected a path without ..');
