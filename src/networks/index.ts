/** The table of networks: name → options and constructor. */
import type { z } from 'zod';
import { parseWith } from '../base/parse.ts';
import type { Graph } from '../graph/graph.ts';
import { inceptionResnetA, inceptionResnetAOptions } from './inception-resnet-a.ts';
import { mobilenetV2, mobilenetV2Options } from './mobilenet-v2.ts';
import { mobilenetV2Unet, mobilenetV2UnetOptions } from './mobilenet-v2-unet.ts';
import { onnx, onnxOptions } from './onnx.ts';
import { plainDeep, plainDeepOptions } from './plain-deep.ts';
import { resnet50, resnet50Options } from './resnet50.ts';
import { simpleCnn, simpleCnnOptions } from './simple-cnn.ts';
import { twoConv, twoLayerOptions } from './two-conv.ts';
import { twoLocallyConnected } from './two-locally-connected.ts';
import { unet, unetOptions } from './unet.ts';

interface Network {
	readonly optionsSchema: z.ZodObject;
	/** @throws CONFIG_INVALID naming every option that is wrong */
	create(options: unknown): Graph;
}

function network<S extends z.ZodObject>(optionsSchema: S, build: (options: z.infer<S>) => Graph): Network {
	return {
		optionsSchema,
		create: (options) => build(parseWith(optionsSchema, options, "the network's options") as z.infer<S>),
	};
}

export const NETWORKS = {
	unet: network(unetOptions, unet),
	'simple-cnn': network(simpleCnnOptions, simpleCnn),
	resnet50: network(resnet50Options, resnet50),
	'mobilenet-v2': network(mobilenetV2Options, mobilenetV2),
	'mobilenet-v2-unet': network(mobilenetV2UnetOptions, mobilenetV2Unet),
	'inception-resnet-a': network(inceptionResnetAOptions, inceptionResnetA),
	'two-conv': network(twoLayerOptions, twoConv),
	'two-locally-connected': network(twoLayerOptions, twoLocallyConnected),
	onnx: network(onnxOptions, onnx),
	'plain-deep': network(plainDeepOptions, plainDeep),
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof NETWORKS;
