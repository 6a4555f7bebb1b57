/** Which of the devices of Linux are cameras, by a tree of files as its kernel shows them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { videoDevices } from '../../../../src/station/cameras/discover/video-devices.ts';

t.test('cameras are listed once, by the path that stays, and CSI sensors apart', async (t) => {
	const root = t.testdir();
	const add = (node: string, name: string, index: number) => {
		mkdirSync(join(root, 'sys/class/video4linux', node), { recursive: true });
		writeFileSync(join(root, 'sys/class/video4linux', node, 'name'), `${name}\n`);
		writeFileSync(join(root, 'sys/class/video4linux', node, 'index'), `${index}\n`);
	};
	add('video10', 'USB Camera', 0);
	add('video2', 'HD Pro Webcam C920', 0);
	add('video3', 'HD Pro Webcam C920', 1);
	add('video0', 'vi-output, imx477 9-001a', 0);
	add('v4l-subdev0', 'imx477 9-001a', 0);
	for (const [kind, name, node] of [
		['by-id', 'usb-046d_HD_Pro_Webcam_C920-video-index0', 'video2'],
		['by-path', 'pci-0000:00:14.0-usb-0:2:1.0-video-index0', 'video10'],
		['by-path', 'pci-0000:00:14.0-usb-0:1:1.0-video-index0', 'video2'],
	]) {
		mkdirSync(join(root, 'dev/v4l', kind), { recursive: true });
		symlinkSync(`../../${node}`, join(root, 'dev/v4l', kind, name));
	}
	t.same(await videoDevices(root), [
		{ path: '/dev/video0', name: 'vi-output, imx477 9-001a', isCsi: true },
		{
			path: '/dev/video2',
			name: 'HD Pro Webcam C920',
			stablePath: '/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920-video-index0',
			isCsi: false,
		},
		{
			path: '/dev/video10',
			name: 'USB Camera',
			stablePath: '/dev/v4l/by-path/pci-0000:00:14.0-usb-0:2:1.0-video-index0',
			isCsi: false,
		},
	]);
	t.same(await videoDevices(join(root, 'nowhere')), []);
});
