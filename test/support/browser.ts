/** A real Chromium for tests of pages, where there is one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
	process.env.ANDON_CHROMIUM,
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
];
const executablePath = candidates.find((path) => path && existsSync(path));

/** For tap's `skip`: false, or why there is no browser. */
export const noBrowser = executablePath ? false : 'no Chromium here; install it or set ANDON_CHROMIUM';

export async function openBrowser(): Promise<Browser> {
	const quiet = ['no-first-run', 'disable-background-networking', 'disable-component-update', 'disable-sync'];
	const args = ['no-sandbox', 'disable-gpu', 'disable-quic', 'disable-dev-shm-usage', ...quiet].map(
		(flag) => `--${flag}`,
	);
	return chromium.launch({ executablePath, args });
}
