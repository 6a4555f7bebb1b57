/**
 * Writes a graph in which values may lie in NCHW, in blocks of channels, or both: each form is made when it is first
 * asked for. A value that is joined or cut along its channels may stay in parts, which nobody need copy.
 */
import type { AttributeInput } from '../../attributes.ts';
import { GraphBuilder } from '../../builder.ts';
import type { Graph, Node } from '../../graph.ts';
import { linksOf } from '../../links.ts';
import { BLOCKED_DOMAIN } from '../../ops/blocked.ts';

/** More channels than the blocks need by this factor cost more than the layout brings. */
const LARGEST_WASTE = 1.5;

/** A range of channels. */
export interface Cut {
	readonly begin: number;
	readonly end: number;
}

export class BlockedWriter {
	readonly g: GraphBuilder;
	/** Channels of one block. */
	readonly block: number;
	readonly #source: Graph;
	readonly #plain = new Map<string, string>();
	readonly #blocked = new Map<string, string>();
	readonly #aliases = new Map<string, string>();
	readonly #parts = new Map<string, readonly string[]>();
	/** Shapes of parts that the source has no name for. */
	readonly #partShapes = new Map<string, readonly number[]>();
	readonly #cuts: ReadonlyMap<string, readonly Cut[]>;

	constructor(source: Graph, block: number) {
		this.#source = source;
		this.block = block;
		this.#cuts = findCuts(source);
		this.g = new GraphBuilder(source.name);
		for (const { name, type, shape } of source.inputs) this.g.input(name, type, shape ?? []);
		for (const [name, tensor] of source.initializers) this.g.constant(tensor, name);
	}

	/** Finishes with the outputs of the source. */
	build(): Graph {
		for (const { name } of this.#source.outputs) this.g.output(this.plain(name), name);
		return this.g.build(this.#source.metadata);
	}

	/** Copies a node as it is, on NCHW values. */
	copy(node: Node): void {
		this.g.append({ ...node, inputs: node.inputs.map((name) => (name === '' ? '' : this.plain(name))) });
	}

	/** The shape of one of the source's values, undefined when it is not wholly known. */
	shape(name: string): readonly number[] | undefined {
		const part = this.#partShapes.get(name);
		if (part) return part;
		const shape = this.#source.values.get(name)?.shape;
		return shape?.every((d) => typeof d === 'number') ? (shape as readonly number[]) : undefined;
	}

	/** Whether a value can lie in blocks: four axes, and little waste in the last block. */
	fits(name: string): boolean {
		const shape = this.shape(name);
		return shape?.length === 4 && this.padded(shape[1]) <= shape[1] * LARGEST_WASTE;
	}

	/** Channels filled up to whole blocks. */
	padded(channels: number): number {
		return Math.ceil(channels / this.block) * this.block;
	}

	/** Whether a value lies in blocks already, whole or in parts. */
	isBlocked(name: string): boolean {
		const source = this.#resolve(name);
		return this.#blocked.has(source) || this.#parts.has(source);
	}

	/** The values that a value is joined of along its channels; itself alone when it is whole. */
	partsOf(name: string): readonly string[] {
		const source = this.#resolve(name);
		return this.#parts.get(source) ?? [source];
	}

	/** The same with the channels that each part holds. */
	rangesOf(name: string): readonly (Cut & { readonly part: string })[] {
		let end = 0;
		return this.partsOf(name).map((part) => ({ part, begin: end, end: (end += this.shape(part)![1]) }));
	}

	/** Says that a source value is computed in parts. */
	putParts(name: string, parts: readonly string[]): void {
		this.#parts.set(
			name,
			parts.flatMap((part) => this.partsOf(part)),
		);
	}

	/**
	 * Where a value is wanted in pieces: ranges of channels in whole blocks that cover it, when everything that reads it
	 * slices it so; else one range.
	 */
	cutsOf(name: string): readonly Cut[] {
		const whole = [{ begin: 0, end: this.shape(name)![1] }];
		const cuts = this.#cuts.get(name);
		const isWhole = (at: number) => at % this.block === 0;
		return cuts?.every(({ begin, end }) => isWhole(begin) && isWhole(end)) ? cuts : whole;
	}

	/** Says that a source value is computed cut by cut, as `blocked` lists them. */
	putCuts(name: string, blocked: readonly string[]): void {
		const cuts = this.cutsOf(name);
		if (cuts.length === 1) {
			this.put(name, blocked[0]);
			return;
		}
		const [n, , ...spatial] = this.shape(name)!;
		const parts = cuts.map(({ begin, end }, i) => {
			const part = `${name}/${begin}`;
			this.#partShapes.set(part, [n, end - begin, ...spatial]);
			this.put(part, blocked[i]);
			return part;
		});
		this.putParts(name, parts);
	}

	/** A source value in NCHW, under its name in the new graph. */
	plain(source: string): string {
		const name = this.#resolve(source);
		const known = this.#plain.get(name);
		if (known) return known;
		if (!this.isBlocked(name)) return name;
		const blocked = this.blocked(name);
		const plain = this.op('ReorderOutput', [blocked], { channels: this.shape(name)![1] });
		this.#plain.set(name, plain);
		return plain;
	}

	/** A source value in blocks; channels beyond its own carry nothing of use. */
	blocked(source: string): string {
		const name = this.#resolve(source);
		const known = this.#blocked.get(name);
		if (known) return known;
		const blocked = this.#joined(name) ?? this.op('ReorderInput', [this.#wholeBlocks(name)]);
		this.#blocked.set(name, blocked);
		return blocked;
	}

	/** A source value as [N, H, W, C]. */
	channelsLast(name: string): string {
		const [n, channels, height, width] = this.shape(name)!;
		const shape = [n, height, width, channels];
		if (!this.isBlocked(name))
			return channels === 1
				? this.g.reshape(this.plain(name), shape)
				: this.g.transpose(this.plain(name), [0, 2, 3, 1]);
		if (channels === this.block) return this.g.reshape(this.blocked(name), shape);
		return this.op('ReorderOutput', [this.blocked(name)], { channels, channels_last: 1 });
	}

	/** Says that a source value is now computed in blocks. */
	put(name: string, blocked: string): void {
		this.#blocked.set(name, blocked);
	}

	/** Says that a source value is now computed in NCHW. */
	putPlain(name: string, plain: string): void {
		this.#plain.set(name, plain);
	}

	/** Makes a source value another name of an earlier one. */
	alias(name: string, of: string): void {
		this.#aliases.set(name, this.#resolve(of));
	}

	/** Adds an operator on blocked values. */
	op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeInput>> = {}): string {
		return this.g.op(op, inputs, attributes, { domain: BLOCKED_DOMAIN });
	}

	/** A vector [C] filled up with zeros to whole blocks. */
	paddedVector(name: string): string {
		const [channels] = this.shape(name)!;
		return this.g.pad(this.plain(name), [0, this.padded(channels) - channels]);
	}

	#joined(name: string): string | undefined {
		const parts = this.#parts.get(name);
		return (
			parts &&
			this.g.concat(
				parts.map((part) => this.blocked(part)),
				1,
			)
		);
	}

	#wholeBlocks(name: string): string {
		const channels = this.shape(name)![1];
		return this.g.pad(this.plain(name), [0, 0, 0, 0, 0, this.padded(channels) - channels, 0, 0]);
	}

	#resolve(name: string): string {
		return this.#aliases.get(name) ?? name;
	}
}

/** Values that are read by nothing but slices of channels which cover them, and those slices. */
function findCuts(graph: Graph): ReadonlyMap<string, readonly Cut[]> {
	const links = linksOf(graph);
	const outputs = new Set(graph.outputs.map(({ name }) => name));
	const result = new Map<string, readonly Cut[]>();
	for (const [name, { shape }] of graph.values) {
		const readers = links.consumers(name);
		const cuts = readers.flatMap((node) => channelsTaken(graph, node) ?? []).toSorted((a, b) => a.begin - b.begin);
		if (cuts.length === 0 || cuts.length < readers.length || outputs.has(name)) continue;
		const covers = cuts.every(({ begin }, i) => begin === (cuts[i - 1]?.end ?? 0));
		if (covers && cuts.at(-1)!.end === shape?.[1]) result.set(name, cuts);
	}
	return result;
}

/** The range that a slice along the channels alone takes. */
export function channelsTaken(graph: Pick<Graph, 'initializers'>, node: Node): Cut | undefined {
	if (node.op !== 'Slice' || node.inputs.length !== 4) return undefined;
	const [starts, ends, axes] = node.inputs
		.slice(1)
		.map((name) => Array.from(graph.initializers.get(name)?.data ?? [], Number));
	return axes.join() === '1' && starts[0] >= 0 && ends[0] > starts[0] ? { begin: starts[0], end: ends[0] } : undefined;
}
