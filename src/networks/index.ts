/** The table of networks: name → options and constructor. */
import type { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { simpleCnn, simpleCnnOptions } from './simple-cnn.ts';
import { unet, unetOptions } from './unet.ts';

interface Network {
	readonly optionsSchema: z.ZodObject;
	create(options: unknown): Graph;
}

function network<S extends z.ZodObject>(optionsSchema: S, create: (options: z.infer<S>) => Graph): Network {
	return { optionsSchema, create: (options) => create(optionsSchema.parse(options) as z.infer<S>) };
}

export const NETWORKS = {
	unet: network(unetOptions, unet),
	'simple-cnn': network(simpleCnnOptions, simpleCnn),
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof NETWORKS;
