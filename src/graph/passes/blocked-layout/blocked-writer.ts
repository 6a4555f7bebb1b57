/** Writes a graph in which values may lie in NCHW, in blocks of channels, or both: each form is made when it is first asked for. */
import type { AttributeInput } from '../../attributes.ts';
import { GraphBuilder } from '../../builder.ts';
import type { Graph, Node } from '../../graph.ts';
import { BLOCKED_DOMAIN } from '../../ops/blocked.ts';

/** More channels than the blocks need by this factor cost more than the layout brings. */
const LARGEST_WASTE = 1.5;

export class BlockedWriter {
	readonly g: GraphBuilder;
	/** Channels of one block. */
	readonly block: number;
	readonly #source: Graph;
	readonly #plain = new Map<string, string>();
	readonly #blocked = new Map<string, string>();
	readonly #aliases = new Map<string, string>();

	constructor(source: Graph, block: number) {
		this.#source = source;
		this.block = block;
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

	isBlocked(name: string): boolean {
		return this.#blocked.has(this.#resolve(name));
	}

	/** A source value in NCHW, under its name in the new graph. */
	plain(source: string): string {
		const name = this.#resolve(source);
		const known = this.#plain.get(name);
		if (known) return known;
		const blocked = this.#blocked.get(name);
		if (!blocked) return name;
		const plain = this.op('ReorderOutput', [blocked], { channels: this.shape(name)![1] });
		this.#plain.set(name, plain);
		return plain;
	}

	/** A source value in blocks; channels beyond its own carry nothing of use. */
	blocked(source: string): string {
		const name = this.#resolve(source);
		const known = this.#blocked.get(name);
		if (known) return known;
		const channels = this.shape(name)![1];
		const whole = this.g.pad(this.plain(name), [0, 0, 0, 0, 0, this.padded(channels) - channels, 0, 0]);
		const blocked = this.op('ReorderInput', [whole]);
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

	#resolve(name: string): string {
		return this.#aliases.get(name) ?? name;
	}
}
