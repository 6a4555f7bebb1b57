/** MobileNetV2 of torchvision: `features.2.conv.1.0.weight`. */
import { lookUp, type Scheme, torchNorm, torchParts } from './scheme.ts';

/** Modules of a block's `conv`, which has no expansion in block 1. */
const WITH_EXPANSION: Readonly<Record<string, string>> = {
	'0.0': 'expand',
	'0.1': 'expand_BN',
	'1.0': 'depthwise',
	'1.1': 'depthwise_BN',
	'2': 'project',
	'3': 'project_BN',
};

const WITHOUT_EXPANSION: Readonly<Record<string, string>> = {
	'0.0': 'depthwise',
	'0.1': 'depthwise_BN',
	'1': 'project',
	'2': 'project_BN',
};

const ENDS: Readonly<Record<string, string>> = {
	'features.0.0': 'Conv1',
	'features.0.1': 'bn_Conv1',
	'features.18.0': 'Conv_1',
	'features.18.1': 'Conv_1_bn',
	'classifier.1': 'score/logit',
};

export const torchvisionMobilenetV2: Scheme = {
	name: 'torchvision MobileNetV2',
	axes: 'torch',
	recognises: (names) => names.has('features.0.0.weight') && names.has('features.1.conv.0.0.weight'),
	settings: () => ({ style: 'torch', input: 'imagenet' }),
	target(name) {
		const [module, part] = torchParts(name);
		const layer = lookUp(ENDS, module) ?? blockLayer(module);
		if (!layer) return undefined;
		return /bn|BN/.test(layer) ? torchNorm(layer, part) : `${layer}/${part}`;
	},
};

function blockLayer(module: string): string | undefined {
	const match = /^features\.(\d+)\.conv\.([\d.]+)$/.exec(module);
	if (!match) return undefined;
	const [, block, inner] = match;
	const layer = lookUp(block === '1' ? WITHOUT_EXPANSION : WITH_EXPANSION, inner);
	return layer && `${block === '1' ? 'expanded_conv' : `block_${Number(block) - 1}`}_${layer}`;
}
