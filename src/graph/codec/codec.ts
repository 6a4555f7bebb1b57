/** Bytes ⇄ graph: the door of the only folder that knows protobuf. */
export { decodeModel } from './decode-model.ts';
export { encodeModel } from './encode-model.ts';
export { readModelFile } from './read-model-file.ts';
