// How much the night shift does in one run. Free of imports, so that whoever computes with it may read it.

/** Milliseconds a change is left to its own write-through before the night shift looks after it. */
export const OUTBOX_AGE_MS = 5_000;
export const OUTBOX_LIMIT = 200;
/** A bulk read of KV takes 100 keys. */
export const COMPARE_PAGE = 100;
export const COMPARE_PAGES = 5;
/** Projects whose filter of domains is looked at in one run. */
export const FILTER_PROJECTS = 20;
/** Milliseconds for which a filter stays although domains have changed. */
export const FILTER_AGE_MS = 3600 * 1000;
/** Domains read in one step, and domains of the largest project that has a filter of its own. */
export const FILTER_PAGE = 5000;
export const FILTER_DOMAINS = 400_000;
/** Rows looked at in one step, and steps per table and run. */
export const SWEEP_WINDOW = 1000;
export const SWEEP_WINDOWS = 40;
/** Events that leave the log in one statement, and statements per run. */
export const EVENT_BATCH = 1000;
export const EVENT_BATCHES = 40;
/** Copies of projects looked at in one run. */
export const COPIES_WINDOW = 200;
/** Milliseconds past expiry before a row goes: clocks may jump, and nothing depends on it going soon (F34). */
export const SWEEP_GRACE_MS = 24 * 3600 * 1000;
/** Milliseconds after which a copy that the directory knows nothing of is nobody's work in progress. */
export const STRAY_AGE_MS = 3600 * 1000;
/** Milliseconds after its switch for which a move is left to whoever makes it, and moves looked at in one run. */
export const ABANDONED_MS = 15 * 60 * 1000;
export const ABANDONED_MOVES = 20;
/** D1 allows 1,000 queries in one invocation, and a step that has begun is finished. */
export const QUERIES_PER_RUN = 800;
