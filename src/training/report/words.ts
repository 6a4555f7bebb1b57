/** Numbers and names as a reader wants them. */

const NBSP = '\u00a0';

/** A ratio with three digits; a dash where there is none (NaN, or null after JSON). */
export function ratio(value: number | null | undefined, digits = 3): string {
	return value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

/** A share in per cent, such as `97.1 %`. */
export function percent(share: number | null | undefined, digits = 1): string {
	if (share === null || share === undefined || Number.isNaN(share)) return '–';
	return `${Number((100 * share).toFixed(digits))}${NBSP}%`;
}

/** `1,445` */
export function count(value: number): string {
	return value.toLocaleString('en-US');
}

/** `1 part`, `2 parts` */
export function plural(value: number, one: string, many = `${one}s`): string {
	return `${count(value)}${NBSP}${value === 1 ? one : many}`;
}

/** `42 s`, `3 min 5 s`, `1 h 2 min` */
export function duration(seconds: number): string {
	if (seconds < 9.95) return `${Number(seconds.toFixed(1))}${NBSP}s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole}${NBSP}s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return `${minutes}${NBSP}min${whole % 60 ? ` ${whole % 60}${NBSP}s` : ''}`;
	return `${Math.floor(minutes / 60)}${NBSP}h ${minutes % 60}${NBSP}min`;
}

/** Four significant digits, and powers of ten only where they are shorter. */
export function significant(value: number, digits = 4): string {
	return String(Number(value.toPrecision(digits)));
}

/** Cuts a long name in the middle, so that both ends still tell it apart. */
export function shorten(name: string, length: number): string {
	if (name.length <= length) return name;
	const head = Math.ceil((length - 1) / 2);
	return `${name.slice(0, head)}…${name.slice(head + 1 - length)}`;
}

/** `2026-01-02 03:04 UTC` */
export function dateTime(iso: string): string {
	return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
