import { arrayOf, type Statement, statement } from '../../database/statements.ts';

/* What each batch begins with, in this order: see facts.ts. */

export const BEGIN: Statement<never> = { name: 'begin', text: 'BEGIN', values: [] };

/** Fails statements of this transaction that wait longer for a lock. */
export function limitWaits(ms: number): Statement<never> {
  return { name: `lock-timeout-${ms}`, text: `SET LOCAL lock_timeout = ${ms}`, values: [] };
}

export const lockKeys = statement<{ busy: string[] }>(
  new URL('./sql/lock-idempotency-keys.sql', import.meta.url),
);
export const lockUsers = statement(new URL('./sql/lock-users.sql', import.meta.url));

/** Two parallel arrays: the ids, and the index in the batch of the request that asks for each. */
export function withAskers(wanted: { id: string; asker: number }[]): string[] {
  return [arrayOf(wanted, ({ id }) => id), arrayOf(wanted, ({ asker }) => asker)];
}
