/** The table of naming schemes, in the order in which they are tried. */
import { keras } from './keras.ts';
import type { Scheme } from './scheme.ts';
import { timmMobilenetV2 } from './timm-mobilenet-v2.ts';
import { torchvisionMobilenetV2 } from './torchvision-mobilenet-v2.ts';
import { torchvisionResnet } from './torchvision-resnet.ts';

export const SCHEMES: readonly Scheme[] = [torchvisionResnet, torchvisionMobilenetV2, timmMobilenetV2, keras];
