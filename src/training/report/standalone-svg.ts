/** A chart as a file of its own, for documents: colours are written in, because no style sheet comes along. */
import type { Html } from './html.ts';
import { type ColourName, lightColour } from './palette.ts';

/** The SVG on white, in the light colours; `sharp` turns it into a PNG. */
export function standaloneSvg(chart: Html): string {
	const ink = lightColour('ink');
	return chart.text
		.replace(
			/^<svg\b([^>]*)>/,
			`<svg xmlns="http://www.w3.org/2000/svg"$1><rect width="100%" height="100%" fill="${lightColour('card')}"/>`,
		)
		.replace(/var\(--(\w+)\)/g, (_, name: ColourName) => lightColour(name))
		.replaceAll('currentColor', ink);
}
