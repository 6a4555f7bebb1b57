/** Opens a camera that never gives a frame, and says which process it became. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GstSource } from '../../src/station/cameras/gstreamer/gst-source.ts';
import { gstChildren } from './gstreamer.ts';
import { silent } from './test-station.ts';

const pipeline = ['fakesrc', 'is-live=true', 'num-buffers=-1', '!', 'valve', 'drop=true'];
const source = new GstSource({ camera: 'the camera', elements: [], pipeline: async () => pipeline }, silent);
void source.open({ frame: () => {}, broken: () => {}, lost: () => {} });
while (gstChildren().length === 0) await sleep(20);
console.log(gstChildren()[0]);
