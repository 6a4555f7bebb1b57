/** How many frames are missing before this one: by the source's own count, or by their times where GStreamer says that some are. */
import type { GdpHeader } from './gdp-header.ts';

export class LostFrames {
	#last: GdpHeader | undefined;

	/** Numbers and times begin anew. */
	reset(): void {
		this.#last = undefined;
	}

	/** @param fps as negotiated; undefined where there is no fixed rate */
	before(header: GdpHeader, fps: number | undefined): number {
		const last = this.#last;
		this.#last = header;
		if (!last) return 0;
		return Math.max(byNumber(last, header), header.discontinuous ? byTime(last, header, fps) : 0);
	}
}

function byNumber({ number: last }: GdpHeader, { number }: GdpHeader): number {
	return last === undefined || number === undefined || number <= last ? 0 : number - last - 1;
}

function byTime({ ptsNs: last }: GdpHeader, { ptsNs }: GdpHeader, fps: number | undefined): number {
	if (last === undefined || ptsNs === undefined || fps === undefined) return 1;
	return Math.max(0, Math.round(((ptsNs - last) / 1e9) * fps) - 1);
}
