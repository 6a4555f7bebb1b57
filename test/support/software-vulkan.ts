/** A Vulkan driver in software, as Chromium brings one along: enough for WebGPU to be proved where there is no GPU. */
import { existsSync } from 'node:fs';

const DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/usr/lib/chromium-browser/vk_swiftshader_icd.json'];
const driver = DRIVERS.find((path) => existsSync(path));

/** For the option `skip` of a test. */
export const withoutVulkan = driver === undefined ? 'no Vulkan driver in software here; install chromium' : false;

/** Processes that are started from now on find this driver and no other. */
export function useSoftwareVulkan(): void {
	Object.assign(process.env, { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver });
}
