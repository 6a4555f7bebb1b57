/** Keras: `conv2_block1_1_conv/kernel`, with or without the model's or layer's name in front and `:0` behind. */
import { lookUp, type Scheme } from './scheme.ts';

const PARTS: Readonly<Record<string, string | null>> = {
	kernel: 'weight',
	depthwise_kernel: 'weight',
	bias: 'bias',
	gamma: 'scale',
	beta: 'bias',
	moving_mean: 'mean',
	moving_variance: 'variance',
	/** Numbers of optimizers and random generators. */
	iteration: null,
	seed_generator_state: null,
};

export const keras: Scheme = {
	name: 'Keras',
	axes: 'keras',
	recognises: (names) => [...names].some((name) => /\/(depthwise_)?kernel(:0)?$/.test(name)),
	settings: (names) => ({ style: 'keras', input: inputOf(names) }),
	target(name) {
		const [part, layer] = name.replace(/:0$/, '').split('/').reverse();
		const ours = lookUp(PARTS, part);
		if (!ours || !layer) return ours === null ? null : undefined;
		return `${layer === 'predictions' ? 'score/logit' : layer}/${ours}`;
	},
};

/** `keras.applications` scales the input of ResNet50 like Caffe, that of MobileNetV2 to [−1, 1]. */
function inputOf(names: ReadonlySet<string>): string {
	const layers = [...names].map((name) => name.split('/').at(-2));
	if (layers.includes('conv1_conv')) return 'caffe';
	return layers.includes('Conv1') ? 'symmetric' : 'unit';
}
