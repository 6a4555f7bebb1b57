/** The few helpers with which the page touches its elements. */

export function byId(id) {
	const element = document.getElementById(id);
	if (!element) throw new TypeError(`The page has no #${id}`);
	return element;
}

/** Sets text only when it differs, so that nothing is laid out or announced again. */
export function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}

/** Makes an element: `make('li', { className: 'x' }, child, 'text')`. */
export function make(name, properties = {}, ...children) {
	const element = Object.assign(document.createElement(name), properties);
	element.append(...children);
	return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The shape that stands for a verdict. */
export function verdictIcon(verdict) {
	const svg = document.createElementNS(SVG, 'svg');
	const use = document.createElementNS(SVG, 'use');
	use.setAttribute('href', `#icon-${verdict}`);
	svg.setAttribute('aria-hidden', 'true');
	svg.append(use);
	return svg;
}

export function pictureOf(inspection) {
	return `/api/previews/${encodeURIComponent(inspection.resultId)}`;
}

/** Sizes a canvas to its box in device pixels and returns a context in CSS pixels. */
export function contextOf(canvas) {
	const { clientWidth: width, clientHeight: height } = canvas;
	const ratio = window.devicePixelRatio || 1;
	if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
	if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
	const context = canvas.getContext('2d');
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.clearRect(0, 0, width, height);
	return { context, width, height };
}

const probe = document.createElement('i');

/** A colour of the style sheet as the canvas understands it, in the scheme that is on. */
export function colour(name) {
	probe.style.color = `var(--${name})`;
	if (!probe.isConnected) {
		probe.className = 'hidden';
		document.body.append(probe);
	}
	return getComputedStyle(probe).color;
}
