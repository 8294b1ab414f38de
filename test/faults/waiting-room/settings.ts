/** The size of the run: as much as two cores do in a minute and a half. */
export const BUYERS = 20_000;
export const INSTANCES = 3;
export const ARRIVE_WITHIN_MS = 30_000;
/** Buyers who still wait then ask once more where they stand, and the run ends. */
export const END_AFTER_MS = 80_000;

export const THRESHOLD = 1_200;
export const TTL_SECONDS = 30;
export const REFORM_SECONDS = 4;
export const TICK_MS = 500;

/** Less than a third of a time to live, so that a request or two may fail without a silence that is too long. */
export const POLL_AT_MOST_MS = 7_500;
/** For answers without a time to poll again. */
export const POLL_MS = 4_000;
/** The share of the estimated wait between two polls. Rarer than the service asks for, or two cores would do nothing but answer. */
export const POLL_SHARE = 0.5;

export const EXISTING_CLIENTS = 0.15;
export const IMPATIENT = 0.1;
export const FADING = 0.03;
export const DWELL_MS = 2_000;
/** Some buyers stay inside for long. */
export const LONG_DWELL_MS = 25_000;
export const LONG_DWELLING = 0.01;
export const LISTENERS = 400;

/** With fewer people in line at a fault the run proves nothing. */
export const WAITING_AT_LEAST = 2_000;
