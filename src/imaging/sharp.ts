/** The one place that sets sharp up: one thread per image and no cache, since many small images are decoded in parallel. */
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

export { sharp };
