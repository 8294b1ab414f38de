import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { tryLockName } from './advisory-locks.ts';
import { answerToKeep, type Replayed, replay } from './kept-answer.ts';
import { isKept } from './kept-refusals.ts';
import type { Caller, IdempotencyKey } from './key.ts';
import { keyLock } from './lock-names.ts';

/** What became of a request: granted or refused now, or answered before under the same key. */
export type Outcome<Answer> =
  | { kind: 'granted'; answer: Answer }
  | { kind: 'refused'; code: ErrorCode }
  | Replayed;

/**
 * Decides in one transaction, and once per idempotency key. The answer is kept beside the effect, so that no crash can come between
 * the two. Refusals are kept as well, except those of `kept-refusals.ts`; an error that is thrown is not. A request whose key another
 * instance is working on is refused with IDEMPOTENCY_IN_FLIGHT at once.
 *
 * @param status of an answer that grants the request
 */
export async function answerOnce<Answer extends object>(
  db: Db,
  { userId, idempotency }: Caller,
  decide: (trx: Db) => Promise<Answer | ErrorCode>,
  status = 200,
): Promise<Outcome<Answer>> {
  return await db.transaction().execute(async (trx) => {
    if (idempotency) {
      if (!(await tryLockName(trx, keyLock(userId, idempotency.key)))) {
        return { kind: 'refused', code: 'IDEMPOTENCY_IN_FLIGHT' };
      }
      const kept = await keptAnswer(trx, userId, idempotency);
      if (kept) return kept;
    }

    const decided = await decide(trx);
    const refused = typeof decided === 'string';
    if (idempotency && (!refused || isKept(decided))) {
      const kept = answerToKeep(idempotency, decided, status);
      await trx
        .insertInto('idempotency_keys')
        .values({ user_id: userId, key: idempotency.key, ...kept })
        .onConflict((stale) =>
          stale.columns(['user_id', 'key']).doUpdateSet({ ...kept, created_at: sql`now()` }),
        )
        .execute();
    }
    return refused ? { kind: 'refused', code: decided } : { kind: 'granted', answer: decided };
  });
}

/** The answer that was kept under the key in the last 24 hours, or IDEMPOTENCY_KEY_REUSED if another request had the key. */
export async function keptAnswer(
  db: Db,
  userId: string,
  { key, fingerprint }: IdempotencyKey,
): Promise<Outcome<never> | undefined> {
  const earlier = await db
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'body'])
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .where('created_at', '>', sql<string>`now() - interval '24 hours'`)
    .executeTakeFirst();
  return earlier && replay(earlier, fingerprint);
}
