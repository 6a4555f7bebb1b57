/** MobileNetV2 of timm (`mobilenetv2_100` and its wider kin): `blocks.1.0.conv_pw.weight`. */
import { lookUp, type Scheme, torchNorm, torchParts } from './scheme.ts';

/** Blocks of each stage (Sandler et al. 2018, table 2). */
const STAGES = [1, 2, 3, 4, 3, 3, 1];

const FIRST: Readonly<Record<string, string>> = {
	conv_dw: 'depthwise',
	bn1: 'depthwise_BN',
	conv_pw: 'project',
	bn2: 'project_BN',
};

const OTHERS: Readonly<Record<string, string>> = {
	conv_pw: 'expand',
	bn1: 'expand_BN',
	conv_dw: 'depthwise',
	bn2: 'depthwise_BN',
	conv_pwl: 'project',
	bn3: 'project_BN',
};

const ENDS: Readonly<Record<string, string>> = {
	conv_stem: 'Conv1',
	bn1: 'bn_Conv1',
	conv_head: 'Conv_1',
	bn2: 'Conv_1_bn',
	classifier: 'score/logit',
};

export const timmMobilenetV2: Scheme = {
	name: 'timm MobileNetV2',
	axes: 'torch',
	// EfficientNets have the same names and squeeze-and-excitation besides.
	recognises: (names) =>
		names.has('conv_stem.weight') &&
		names.has('blocks.1.0.conv_pwl.weight') &&
		![...names].some((name) => name.includes('.se.')),
	settings: () => ({ style: 'torch', input: 'imagenet' }),
	target(name) {
		const [module, part] = torchParts(name);
		const layer = lookUp(ENDS, module) ?? blockLayer(module);
		if (!layer) return undefined;
		return /bn|BN/.test(layer) ? torchNorm(layer, part) : `${layer}/${part}`;
	},
};

function blockLayer(module: string): string | undefined {
	const match = /^blocks\.(\d+)\.(\d+)\.(\w+)$/.exec(module);
	if (!match) return undefined;
	const [stage, block] = [Number(match[1]), Number(match[2])];
	const layer = lookUp(stage === 0 ? FIRST : OTHERS, match[3]);
	const index = STAGES.slice(0, stage).reduce((sum, count) => sum + count, block);
	return layer && `${index === 0 ? 'expanded_conv' : `block_${index}`}_${layer}`;
}
