/** An analysis in words: one line a layer, the totals, and what could not be told. */
import type { LayerGroup } from '../graph/group-layers.ts';
import type { AnalysisResult } from './analyze.ts';
import { table } from './table.ts';

const HEADS = ['layer', 'operators', 'output', 'F', 'S', 'P', '(N−F+2P)/S+1', 'parameters', 'MACs', 'sees'] as const;

export function describeAnalysis(result: AnalysisResult): string {
	const rows = result.layers.map(row);
	const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map((cells) => cells[i].length)));
	const line = (cells: readonly string[]) =>
		cells
			.map((cell, i) => (i === 7 || i === 8 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
			.join('  ')
			.trimEnd();
	return [line(HEADS), ...rows.map(line), '', table(totals(result))].join('\n');
}

function row(layer: LayerGroup): readonly string[] {
	const { window } = layer;
	return [
		layer.name,
		operatorsOf(layer.nodes),
		shapeText(layer.output),
		window ? pairText(window.kernel) : '',
		window ? pairText(window.strides) : '',
		window ? pairText(window.padding.map((p) => p / 2)) : '',
		window ? sizeFormula(window) : '',
		numberText(layer.parameters) + (layer.constants > 0 ? ` + ${numberText(layer.constants)}?` : ''),
		layer.macs === undefined ? '?' : numberText(layer.macs),
		layer.receptiveField ? pairText(layer.receptiveField) : '?',
	];
}

const SHORT: Readonly<Record<string, string>> = { BatchNormalization: 'BatchNorm', QuantizeLinear: 'Quantize' };

/** `Conv BatchNorm Relu` as it stands; long tails are cut. */
function operatorsOf(nodes: readonly string[]): string {
	const short = nodes.filter((op) => op !== 'DequantizeLinear').map((op) => SHORT[op] ?? op);
	return short.length <= 4 ? short.join(' ') : `${short.slice(0, 3).join(' ')} … ${short.at(-1)}`;
}

/** Along the height, in numbers. */
function sizeFormula({ input, kernel, strides, padding, transposed }: NonNullable<LayerGroup['window']>): string {
	const [n, f, s, p] = [input[0], kernel[0], strides[0], padding[0]];
	const twoP = p % 2 === 0 ? `2·${p / 2}` : `${p}`;
	if (transposed) return `(${n}−1)·${s}+${f}−${twoP} = ${(n - 1) * s + f - p}`;
	const exact = (n - f + p) / s + 1;
	const floor = Number.isInteger(exact) ? '' : `⌊${exact.toFixed(2)}⌋ = `;
	return `(${n}−${f}+${twoP})/${s}+1 = ${floor}${Math.floor(exact)}`;
}

function totals(result: AnalysisResult): [string, string[]][] {
	const { parameters, statistics, constants, macs, receptiveField, unknown } = result;
	const open = unknown.some(({ what }) => what.some((text) => text !== 'output size'));
	return [
		['input', shapesText(result.inputs)],
		['output', shapesText(result.outputs)],
		[
			'parameters',
			[
				`${numberText(parameters)} learnt`,
				...(statistics > 0
					? [`${numberText(statistics)} running means and variances (${numberText(parameters + statistics)} with them)`]
					: []),
				...(constants > 0
					? [`${numberText(constants)} in other vectors, of which no rule says that they are learnt`]
					: []),
			],
		],
		['MACs', [`${open ? 'at least ' : ''}${numberText(macs)} (one multiplication and addition each)`]],
		['receptive field', [receptiveField ? `${pairText(receptiveField)} pixels` : 'not known: see below']],
		...unknownLines(unknown),
	];
}

function unknownLines(unknown: AnalysisResult['unknown']): [string, string[]][] {
	if (unknown.length === 0) return [];
	const shown = unknown.slice(0, 10).map(({ layer, op, what }) => `${op} ${layer}: ${what.join(', ')}`);
	return [['not known', unknown.length > 10 ? [...shown, `and ${unknown.length - 10} more`] : shown]];
}

function shapesText(shapes: AnalysisResult['inputs']): string[] {
	return Object.entries(shapes).map(([name, shape]) => `${name} ${shapeText(shape)}`);
}

function shapeText(shape: readonly (number | string)[] | undefined): string {
	return shape ? `[${shape.map((d) => d || '?').join(', ')}]` : '?';
}

/** `3×3`; one number where both sides have one and it is not a size. */
function pairText(values: readonly number[]): string {
	return values.join('×');
}

function numberText(value: number): string {
	return value.toLocaleString('en-US');
}
