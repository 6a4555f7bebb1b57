/** `--engine` of every command that trains. */
import { Option } from 'commander';

export function engineOption(): Option {
	return new Option('--engine <name>', 'what trains: ONNX Runtime, or TensorFlow.js if installed')
		.choices(['ort', 'tfjs'])
		.default('ort');
}
