/** What the long-lived processes of a station are started with, so that they keep no memory that they do not need. */

/**
 * Of glibc, the value that it begins with and would raise: masks, frames and files go back to the system when they are freed,
 * and so does what only the start needed.
 */
export const THRIFTY_ENV = { MALLOC_MMAP_THRESHOLD_: '131072' };

/**
 * Of V8, for the supervisor, which computes little: without it, it keeps up to 128 MiB of room for young objects alone once
 * bundles are loaded. Node reads it only as it starts; `deploy/` starts it so, and the bench does.
 */
export const THRIFTY_ARGV = ['--optimize-for-size'];
