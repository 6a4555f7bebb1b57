/** The stream of news from the station: reconnects by itself and says how it stands. */

/** Without a sign of life for this long, the page no longer claims to be live. */
const SILENT_MS = 8000;

/**
 * @param {Record<string, (data: any) => void>} handlers by event name
 * @param {(isLive: boolean, since: Date) => void} onChange tells when the connection comes and goes
 */
export function connect(handlers, onChange) {
	let source;
	let live = false;
	let heardAt = Date.now();
	open();
	setInterval(() => {
		if (Date.now() - heardAt > SILENT_MS) open();
	}, 1000);

	function open() {
		source?.close();
		if (heardAt && Date.now() - heardAt > SILENT_MS) tell(false);
		heardAt = Date.now();
		source = new EventSource('/events');
		source.onopen = () => heard();
		source.onerror = () => tell(false);
		source.addEventListener('beat', heard);
		for (const [name, handle] of Object.entries(handlers))
			source.addEventListener(name, (event) => {
				heard();
				handle(JSON.parse(event.data));
			});
	}

	function heard() {
		heardAt = Date.now();
		tell(true);
	}

	function tell(isLive) {
		if (isLive === live) return;
		live = isLive;
		onChange(live, new Date());
	}
}
