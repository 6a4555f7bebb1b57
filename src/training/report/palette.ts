/**
 * The colours of reports, light and dark. Hues after Okabe and Ito (2008), which every kind of colour vision keeps apart,
 * darkened or lightened until text in them has a contrast of 4.5 and more on page and card.
 */
const PALETTE = {
	page: ['#f6f6f4', '#101214'],
	card: ['#ffffff', '#181b1e'],
	well: ['#f0f0ed', '#212529'],
	edge: ['#dcdcd7', '#32373c'],
	ink: ['#17191b', '#e8eaec'],
	soft: ['#5b6166', '#a3abb2'],
	/** Sound parts, and the first of several curves. */
	sound: ['#0668a6', '#62b5ea'],
	/** Defective parts. */
	defect: ['#b94700', '#ff9152'],
	good: ['#07704f', '#46c99f'],
	warn: ['#8a5a00', '#efb94d'],
	third: ['#8d3f78', '#dd9ccb'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

export type ColourName = keyof typeof PALETTE;

/** Colours of curves and groups, in the order in which they are used up. */
export const SERIES: readonly ColourName[] = ['sound', 'defect', 'good', 'third', 'warn', 'soft'];

/** A colour that follows the page's scheme, for charts and style. */
export function colour(name: ColourName): string {
	return `var(--${name})`;
}

/** The light value, for files that carry no style sheet. */
export function lightColour(name: ColourName): string {
	return PALETTE[name][0];
}

/** The declarations behind {@link colour}. */
export function paletteCss(): string {
	return Object.entries(PALETTE)
		.map(([name, [light, dark]]) => `--${name}: light-dark(${light}, ${dark});`)
		.join('\n');
}
