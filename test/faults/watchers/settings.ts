export const INSTANCES = 3;
/** As many as two cores serve beside the instances, PostgreSQL and the sales. */
export const WATCHERS = { batch: 900, sse: 500, websocket: 500, reference: 100 };
export const SELLING_MS = 60_000;
export const SEATS = 600;
export const STOCK = [400, 300];
/** Short enough that holds expire while the faults go on. */
export const HOLD_SECONDS = 8;
/** A pace at which each tick has something to tell. */
export const BUYERS = { clients: 8, pauseMs: 60 };
/** After a quiet time of this length every map must be right. */
export const QUIET_MS = 2_000;
export const SAMPLE_EVERY_MS = 500;
/** All watchers come from one address. */
export const FROM_ONE_ADDRESS = { LIVE_CONNECTIONS_PER_ADDRESS: '10000', LARGE_ANSWERS_MB_PER_SECOND: '0' };
