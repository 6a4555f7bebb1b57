/** Packets of the GStreamer Data Protocol, and what is told of frames by their numbers and times. */
import t from 'tap';
import { monotonicMs } from '../../../../src/base/clock.ts';
import { Random } from '../../../../src/base/random.ts';
import { frameLayout } from '../../../../src/station/cameras/gstreamer/frame-layout.ts';
import { FrameMemory } from '../../../../src/station/cameras/gstreamer/frame-memory.ts';
import { type GdpHeader, readGdpHeader } from '../../../../src/station/cameras/gstreamer/gdp-header.ts';
import { GdpReader } from '../../../../src/station/cameras/gstreamer/gdp-reader.ts';
import { LostFrames } from '../../../../src/station/cameras/gstreamer/lost-frames.ts';
import { readCaps } from '../../../../src/station/cameras/gstreamer/read-caps.ts';
import { StreamClock } from '../../../../src/station/cameras/gstreamer/stream-clock.ts';

/** Written by GStreamer 1.22: `videotestsrc ! video/x-raw,format=NV12,width=33,height=17,framerate=10/1 ! gdppay`, its first frame. */
const FRAME = Buffer.from(
	'010001000001000003cc000000000013' +
		'00ad0000000005f5e100000000000000' +
		'00000000000000000001' +
		'0040' +
		'ffffffffffffffff' +
		'000000000000' +
		'097f0000',
	'hex',
);
const CAPS =
	'video/x-raw, format=(string)NV12, width=(int)33, height=(int)17, framerate=(fraction)10/1, multiview-mode=(string)mono, interlace-mode=(string)progressive';

t.test('a header of GStreamer is read as it was meant', async (t) => {
	t.equal(FRAME.length, 62);
	t.same(readGdpHeader(FRAME), {
		kind: 'frame',
		length: 972,
		ptsNs: 1_245_357,
		number: 0,
		discontinuous: true,
		gap: false,
	});
});

t.test('a header with a single wrong bit is none', async (t) => {
	for (let bit = 0; bit < 58 * 8; bit++) {
		const changed = Uint8Array.from(FRAME);
		changed[bit >> 3] ^= 1 << (bit & 7);
		t.equal(readGdpHeader(changed), undefined, `bit ${bit}`);
	}
});

/** What a reader makes of bytes that come in pieces of random size. */
function readIn(bytes: Uint8Array, seed: number): string[] {
	const random = new Random(seed);
	const told: string[] = [];
	const reader = new GdpReader({
		memory: (length) => new Uint8Array(length),
		frame: ({ number }, data) => told.push(`frame ${number} ${data.length} ${data[0]} ${data.at(-1)}`),
		caps: (text) => told.push(text),
		segment: () => told.push('segment'),
		garbled: () => told.push('garbled'),
	});
	for (let at = 0; at < bytes.length; ) {
		const space = reader.space();
		const count = Math.min(space.length, bytes.length - at, 1 + Math.floor(random.between(0, 700)));
		space.set(bytes.subarray(at, at + count));
		at += count;
		reader.filled(count);
	}
	if (reader.unfinished) told.push(`unfinished ${reader.unfinished.bytes} of ${reader.unfinished.of}`);
	return told;
}

t.test('packets come out the same however their bytes are cut', async (t) => {
	const payload = new Uint8Array(972).fill(7);
	payload[971] = 9;
	const stream = Buffer.concat([FRAME, payload, FRAME, payload, FRAME, payload.subarray(0, 500)]);
	for (let seed = 0; seed < 50; seed++)
		t.same(readIn(stream, seed), ['frame 0 972 7 9', 'frame 0 972 7 9', 'unfinished 500 of 972']);
});

t.test('a stream that has lost its place is given up, not read on at another place', async (t) => {
	const payload = new Uint8Array(972).fill(7);
	for (const missing of [1, 3, 61]) {
		const shifted = Buffer.concat([FRAME, payload, FRAME.subarray(missing), payload, FRAME, payload]);
		t.same(readIn(shifted, missing), ['frame 0 972 7 7', 'garbled']);
	}
});

t.test('caps are read back, and the layout of a frame follows from them', async (t) => {
	const caps = readCaps(CAPS);
	t.same(caps, { media: 'video/x-raw', format: 'NV12', width: 33, height: 17, fps: 10 });
	t.same(frameLayout(caps!), { format: 'NV12', width: 33, height: 17, stride: 36, bytes: 972 });
	t.same(
		readCaps('video/x-raw(memory:NVMM), format=(string)GRAY8, width=(int)4, height=(int)2, framerate=(fraction)0/1'),
		{
			media: 'video/x-raw',
			format: 'GRAY8',
			width: 4,
			height: 2,
		},
	);
	for (const none of ['audio/x-raw, format=(string)S16LE', 'ANY', '', 'video/x-raw, format=(string)RGB, width=(int)0'])
		t.equal(readCaps(none), undefined);
	t.equal(frameLayout({ media: 'video/x-raw', format: 'Y42B', width: 4, height: 4 }), undefined);
});

const header = (number: number | undefined, ptsNs: number | undefined, discontinuous = false): GdpHeader => ({
	kind: 'frame',
	length: 1,
	number,
	ptsNs,
	discontinuous,
	gap: false,
});

t.test('missing frames are counted by number, or by time where GStreamer says that some are missing', async (t) => {
	const lost = new LostFrames();
	t.equal(lost.before(header(5, 0, true), 10), 0, 'nothing is known of what was before the first');
	t.equal(lost.before(header(6, 1e8), 10), 0);
	t.equal(lost.before(header(9, 4e8), 10), 2);
	t.equal(lost.before(header(undefined, 5e8), 10), 0);
	t.equal(lost.before(header(undefined, 9e8), 10), 0, 'a late frame is no missing one');
	t.equal(lost.before(header(undefined, 13e8, true), 10), 3);
	t.equal(lost.before(header(undefined, undefined, true), undefined), 1, 'at least one');
	lost.reset();
	t.equal(lost.before(header(100, 99e8, true), 10), 0);
});

t.test('a frame that waited was not taken later for that', async (t) => {
	const clock = new StreamClock();
	const first = clock.momentOf(1000e6);
	t.ok(Math.abs(first.monotonicMs - monotonicMs()) < 50);
	const waited = clock.momentOf(1000e6 - 500e6);
	t.ok(Math.abs(first.monotonicMs - waited.monotonicMs - 500) < 1e-6);
	t.ok(Math.abs(Date.parse(first.acquiredAt) - Date.parse(waited.acquiredAt) - 500) < 50);
	t.ok(Math.abs(clock.momentOf(undefined).monotonicMs - monotonicMs()) < 50);
});

t.test('memory of frames is used again, as long as they have one size', async (t) => {
	const memory = new FrameMemory();
	const first = memory.take(10);
	memory.giveBack(first);
	t.equal(memory.take(10), first);
	t.not(memory.take(10), first);
	memory.giveBack(first);
	t.equal(memory.take(20).length, 20);
	t.equal(memory.take(10).length, 10);
});
