/** Reading and writing node attributes without spelling out their kinds. */
import type { Attribute, Node, Tensor } from './graph.ts';

/** A plain value: numbers are integers unless wrapped by `float`. */
export type AttributeInput = number | string | readonly number[] | readonly string[] | Attribute;

/** A float attribute; a bare number would become an integer. */
export function float(value: number): Attribute {
	return { kind: 'float', value };
}

export function tensorAttribute(value: Tensor): Attribute {
	return { kind: 'tensor', value };
}

export function toAttributes(inputs: Readonly<Record<string, AttributeInput | undefined>>): Record<string, Attribute> {
	const result: Record<string, Attribute> = {};
	for (const [key, input] of Object.entries(inputs)) if (input !== undefined) result[key] = toAttribute(input);
	return result;
}

function toAttribute(input: AttributeInput): Attribute {
	if (typeof input === 'number') return { kind: 'int', value: input };
	if (typeof input === 'string') return { kind: 'string', value: input };
	if (!Array.isArray(input)) return input as Attribute;
	if (typeof input[0] === 'string') return { kind: 'strings', value: input as readonly string[] };
	return { kind: 'ints', value: input as readonly number[] };
}

/** An int attribute, or its default. */
export function intOf(node: Node, key: string, fallback: number): number {
	const attribute = node.attributes[key];
	return attribute?.kind === 'int' ? attribute.value : fallback;
}

/** A float attribute, or its default. */
export function floatOf(node: Node, key: string, fallback: number): number {
	const attribute = node.attributes[key];
	return attribute?.kind === 'float' ? attribute.value : fallback;
}

/** A string attribute, or its default. */
export function stringOf(node: Node, key: string, fallback: string): string {
	const attribute = node.attributes[key];
	return attribute?.kind === 'string' ? attribute.value : fallback;
}

/** A list of ints, or its default. */
export function intsOf(node: Node, key: string, fallback: readonly number[]): readonly number[] {
	const attribute = node.attributes[key];
	return attribute?.kind === 'ints' ? attribute.value : fallback;
}
