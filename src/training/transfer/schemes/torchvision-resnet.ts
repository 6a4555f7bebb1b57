/** Bottleneck ResNets of torchvision and timm: `layer1.0.conv1.weight`. */
import { type Scheme, torchNorm, torchParts } from './scheme.ts';

export const torchvisionResnet: Scheme = {
	name: 'torchvision or timm ResNet',
	axes: 'torch',
	// Only bottleneck blocks have a third convolution, and only the plain stem is a single one.
	recognises: (names) => names.has('conv1.weight') && names.has('layer1.0.conv3.weight'),
	settings: () => ({ style: 'torch', input: 'imagenet' }),
	target(name) {
		const [module, part] = torchParts(name);
		if (module === 'fc') return `score/logit/${part}`;
		if (module === 'conv1') return `conv1_conv/${part}`;
		if (module === 'bn1') return torchNorm('conv1_bn', part);
		const match = /^layer(\d+)\.(\d+)\.(?:(conv|bn)(\d)|downsample\.([01]))$/.exec(module);
		if (!match) return undefined;
		const [, stage, block, kind, number, shortcut] = match;
		const prefix = `conv${Number(stage) + 1}_block${Number(block) + 1}_${number ?? 0}`;
		const isConv = kind === 'conv' || shortcut === '0';
		return isConv ? `${prefix}_conv/${part}` : torchNorm(`${prefix}_bn`, part);
	},
};
