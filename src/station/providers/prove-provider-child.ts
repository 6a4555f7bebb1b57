/**
 * Proves one execution provider with one model of a bundle, in a process of its own: a broken driver may end or hang it.
 * The argument is a `ProofRequest` as JSON. Prints a line as each step is done: `{"step":"probe"}`, then
 * `{"step":"model","placement":{…},"parity":{…},"openMs":20}`, or `{"error":{…}}`.
 */
import { proveHere } from './prove-here.ts';

await proveHere(JSON.parse(process.argv[2]));
