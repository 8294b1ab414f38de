import type { ErrorCode } from '../errors/catalogue.ts';

/**
 * Refusals that are not kept under a key, because the same request is right a moment later:
 *
 * - SALE_NOT_STARTED says "not yet". It ends by the clock alone.
 * - The other two are about another request with the same key.
 *
 * All others are kept for a day, so that a retry never gets a second answer. Some end by the clock as well (SALE_ENDED,
 * RESERVATION_EXPIRED, PAYMENT_TOO_LATE) and stay true. SEAT_UNAVAILABLE, SOLD_OUT, TOO_MANY_SEATS and TOO_MANY_TICKETS depend on what
 * is held at that moment: a key is one attempt, and the next attempt has its own.
 */
const NOT_KEPT: ReadonlySet<ErrorCode> = new Set([
  'SALE_NOT_STARTED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_IN_FLIGHT',
]);

/** Whether a refusal is kept under the key of its request. */
export const isKept = (code: ErrorCode): boolean => !NOT_KEPT.has(code);
