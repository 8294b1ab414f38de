import { sql } from 'kysely';
import type { Db } from '../database/database.ts';
import { catalogue, type ErrorCode } from '../errors/catalogue.ts';
import { refusalBody } from '../sales/group-commit/decide.ts';
import type { IdempotencyKey } from '../sales/hold-request.ts';
import { tryLockName } from './advisory-locks.ts';
import { keyLock } from './lock-names.ts';

/** What became of an operation on one reservation. `status` is that of a kept answer. */
export type Once<Answer> =
  | { kind: 'granted'; answer: Answer }
  | { kind: 'refused'; code: ErrorCode }
  | { kind: 'replayed'; status: number; body: string };

/**
 * Decides in one transaction, and once per idempotency key: the answer is kept beside the effect, so that no crash can
 * come between the two. A refusal is an answer as well; what is thrown is not kept. Nobody waits for a key that another instance is
 * at: that is IDEMPOTENCY_IN_FLIGHT, and not kept.
 *
 * @param userId whose key it is
 */
export async function once<Answer extends object>(
  db: Db,
  userId: string,
  idempotency: IdempotencyKey | undefined,
  decide: (trx: Db) => Promise<Answer | ErrorCode>,
): Promise<Once<Answer>> {
  return await db.transaction().execute(async (trx) => {
    if (idempotency) {
      if (!(await tryLockName(trx, keyLock(userId, idempotency.key)))) {
        return { kind: 'refused', code: 'IDEMPOTENCY_IN_FLIGHT' };
      }
      const kept = await keptAnswer(trx, userId, idempotency);
      if (kept) return kept;
    }

    const outcome = await decide(trx);
    const refused = typeof outcome === 'string';
    if (idempotency) {
      const kept = {
        fingerprint: idempotency.fingerprint,
        status: refused ? catalogue[outcome].status : 200,
        body: JSON.stringify(refused ? refusalBody(outcome, idempotency) : outcome),
      };
      await trx
        .insertInto('idempotency_keys')
        .values({ user_id: userId, key: idempotency.key, ...kept })
        .onConflict((stale) =>
          stale.columns(['user_id', 'key']).doUpdateSet({ ...kept, created_at: sql`now()` }),
        )
        .execute();
    }
    return refused ? { kind: 'refused', code: outcome } : { kind: 'granted', answer: outcome };
  });
}

/** What was answered under the key in the last 24 hours, or IDEMPOTENCY_KEY_REUSED where that was another request. */
export async function keptAnswer(
  db: Db,
  userId: string,
  { key, fingerprint }: IdempotencyKey,
): Promise<Exclude<Once<never>, { kind: 'granted' }> | undefined> {
  const earlier = await db
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'body'])
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .where('created_at', '>', sql<string>`now() - interval '24 hours'`)
    .executeTakeFirst();
  if (!earlier) return undefined;
  if (earlier.fingerprint !== fingerprint) return { kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' };
  return { kind: 'replayed', status: earlier.status, body: earlier.body };
}
