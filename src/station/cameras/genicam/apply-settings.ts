/** A camera is set up as station.yaml says, in the order in which settings depend on each other. */
import { AndonError } from '../../../base/errors.ts';
import type { GenicamOptions } from './genicam-options.ts';
import type { GenicamDevice } from './open-device.ts';
import { isConvertible } from './pixel-formats.ts';
import { hasFeature, inBounds, refusing, setFeature, wrong } from './set-feature.ts';

/** `ARV_AUTO_OFF`, `ARV_AUTO_CONTINUOUS` and `ARV_ACQUISITION_MODE_CONTINUOUS` of libaravis. */
const AUTO_OFF = 0;
const AUTO_CONTINUOUS = 2;
const ACQUISITION_CONTINUOUS = 0;

/** Names that PTP has had in the standard feature naming convention. */
const PTP_FEATURES = ['PtpEnable', 'GevIEEE1588'];

/** @throws CONFIG_INVALID naming the setting, and what the camera takes instead */
export async function applySettings(device: GenicamDevice, options: GenicamOptions): Promise<void> {
	await device.use((aravis, camera) => aravis.setContinuous(camera, ACQUISITION_CONTINUOUS));
	for (const [name, value] of Object.entries(options.features)) await setFeature(device, name, value);
	if (options.pixelFormat !== undefined) await setFeature(device, 'PixelFormat', options.pixelFormat);
	await checkPixelFormat(device);
	if (options.roi) await setRegion(device, options.roi);
	await setExposure(device, options.exposureUs);
	await setGain(device, options.gain);
	await setFrameRate(device, options.fps);
	await setTrigger(device, options);
	if (options.ptp !== undefined) await setPtp(device, options.ptp);
	if (device.kind === 'gige') await setPackets(device, options);
}

async function checkPixelFormat(device: GenicamDevice): Promise<void> {
	const code = await device.use((aravis, camera) => aravis.pixelFormat(camera));
	if (isConvertible(code)) return;
	const [name, offered] = await device.use(async (aravis, camera) => [
		await aravis.getString(camera, 'PixelFormat'),
		await aravis.choices(camera, 'PixelFormat'),
	]);
	throw new AndonError('CONFIG_INVALID', {
		expected: 'a pixel format of 8, 10 or 12 bits (Mono, Bayer of 8 bits, RGB8, BGR8, YUV 4:2:2)',
		found: `${name}; the camera ${device.id} offers ${offered.join(', ')}`,
		fix: 'Set `pixelFormat` of the camera.',
	});
}

/** Offsets first go back to 0, because they bound the size. */
async function setRegion(device: GenicamDevice, { x, y, width, height }: NonNullable<GenicamOptions['roi']>) {
	for (const offset of ['OffsetX', 'OffsetY']) if (hasFeature(device, offset)) await setFeature(device, offset, 0);
	await setFeature(device, 'Width', width);
	await setFeature(device, 'Height', height);
	if (x > 0 || hasFeature(device, 'OffsetX')) await setFeature(device, 'OffsetX', x);
	if (y > 0 || hasFeature(device, 'OffsetY')) await setFeature(device, 'OffsetY', y);
}

async function setExposure(device: GenicamDevice, value: GenicamOptions['exposureUs']): Promise<void> {
	if (value === undefined) return;
	const feature = { device, name: 'exposureUs', value };
	await refusing(feature, async () => {
		if (value === 'auto') return device.use((aravis, camera) => aravis.setExposureAuto(camera, AUTO_CONTINUOUS));
		if (hasFeature(device, 'ExposureAuto'))
			await device.use((aravis, camera) => aravis.setExposureAuto(camera, AUTO_OFF));
		await inBounds(feature, (aravis, camera) => aravis.exposureBounds(camera));
		await device.use((aravis, camera) => aravis.setExposure(camera, value));
	});
}

async function setGain(device: GenicamDevice, value: GenicamOptions['gain']): Promise<void> {
	if (value === undefined) return;
	const feature = { device, name: 'gain', value };
	await refusing(feature, async () => {
		if (value === 'auto') return device.use((aravis, camera) => aravis.setGainAuto(camera, AUTO_CONTINUOUS));
		if (hasFeature(device, 'GainAuto')) await device.use((aravis, camera) => aravis.setGainAuto(camera, AUTO_OFF));
		await inBounds(feature, (aravis, camera) => aravis.gainBounds(camera));
		await device.use((aravis, camera) => aravis.setGain(camera, value));
	});
}

async function setFrameRate(device: GenicamDevice, value: number | undefined): Promise<void> {
	if (value === undefined) return;
	const feature = { device, name: 'fps', value };
	await refusing(feature, async () => {
		await inBounds(feature, (aravis, camera) => aravis.frameRateBounds(camera));
		await device.use((aravis, camera) => aravis.setFrameRate(camera, value));
	});
}

/** A camera that waits for nothing must not wait because somebody set it up so before, unless `features` say so. */
async function setTrigger(device: GenicamDevice, { deviceTrigger, features }: GenicamOptions): Promise<void> {
	if (deviceTrigger === undefined) {
		if (!('TriggerMode' in features) && hasFeature(device, 'TriggerMode'))
			await device.use((aravis, camera) => aravis.clearTriggers(camera));
		return;
	}
	const software = deviceTrigger === 'software';
	await device.use((aravis, camera) => aravis.clearTriggers(camera));
	if (hasFeature(device, 'TriggerSelector'))
		await setFeature(device, 'TriggerSelector', software ? 'FrameStart' : deviceTrigger.selector);
	await setFeature(device, 'TriggerMode', 'On');
	await setFeature(device, 'TriggerSource', software ? 'Software' : deviceTrigger.line);
	if (software) return;
	await setFeature(device, 'TriggerActivation', deviceTrigger.activation);
	const { delayUs } = deviceTrigger;
	const delay = hasFeature(device, 'TriggerDelay') ? 'TriggerDelay' : 'TriggerDelayAbs';
	if (delayUs !== undefined) await setFeature(device, delay, delayUs);
}

async function setPtp(device: GenicamDevice, value: boolean): Promise<void> {
	const name = PTP_FEATURES.find((known) => hasFeature(device, known));
	if (!name)
		throw wrong({ name: 'ptp', value }, '`false`, or absent', `the camera has none of ${PTP_FEATURES.join(', ')}`);
	await setFeature(device, name, value);
}

async function setPackets(device: GenicamDevice, { packetSize, packetDelayUs }: GenicamOptions): Promise<void> {
	if (packetSize !== undefined)
		await refusing({ name: 'packetSize', value: packetSize }, async () => {
			if (packetSize === 'auto') await device.use((aravis, camera) => aravis.autoPacketSize(camera));
			else await device.use((aravis, camera) => aravis.setPacketSize(camera, packetSize));
		});
	if (packetDelayUs !== undefined)
		await refusing({ name: 'packetDelayUs', value: packetDelayUs }, () =>
			device.use((aravis, camera) => aravis.setPacketDelay(camera, Math.round(1000 * packetDelayUs))),
		);
}
