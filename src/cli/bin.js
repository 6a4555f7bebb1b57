#!/usr/bin/env node
// The command `andon`: checks Node's version before anything that an old Node cannot parse is loaded.
// Plain JavaScript without import statements, so that every Node from 10 on can run it.
(function start() {
	var wanted = [22, 18];
	var found = process.versions.node.split('.').map(Number);
	if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
		process.stderr.write(
			'andon: Node is too old: expected Node ' +
				wanted.join('.') +
				' or newer, found ' +
				process.versions.node +
				'. Install Node 24 LTS, or start it with `npm start` or `npx andon` in its folder, which use the Node it brings. [NODE_TOO_OLD]\n',
		);
		process.exitCode = 1;
		return;
	}
	prepare()
		.then(function load() {
			return import('./andon.ts');
		})
		.catch(function fail(error) {
			process.stderr.write('andon: ' + ((error && error.stack) || error) + '\n');
			process.exitCode = 1;
		});

	/** Installed as a package, this process and the inspectors it starts need help with the types. */
	function prepare() {
		if (!/[\\/]node_modules[\\/]/.test(process.argv[1])) return Promise.resolve();
		return import('./strip-types.js').then(function inherit(hook) {
			process.env.NODE_OPTIONS = ((process.env.NODE_OPTIONS || '') + ' --import=' + hook.location).trim();
		});
	}
})();
