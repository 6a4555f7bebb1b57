/** The chart of a demonstration as files: gradient norms along the depth of every network. */

import { writeAtomic } from '../../base/write-atomic.ts';
import { sharp } from '../../imaging/sharp.ts';
import { gradientProfiles } from '../report/charts/gradient-profiles.ts';
import { standaloneSvg } from '../report/standalone-svg.ts';
import type { Demonstration } from './demonstrate.ts';

/** @param path of the files without their extension @throws FILE_UNWRITABLE */
export async function drawChart(
	cases: readonly Demonstration[],
	path: string,
): Promise<{ readonly svg: string; readonly png: string }> {
	const profiles = cases.map(({ settings, norms, learns }) => ({ name: settings.name, norms, learns }));
	const svg = standaloneSvg(gradientProfiles(profiles));
	await writeAtomic(`${path}.svg`, svg);
	await writeAtomic(`${path}.png`, await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
	return { svg: `${path}.svg`, png: `${path}.png` };
}
