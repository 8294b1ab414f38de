import type pg from 'pg';
import { commitWith, orRollBack } from '../../../database/round-trip.ts';
import { arrayOf, type Statement, statement } from '../../../database/statements.ts';
import type { Changes } from '../../../realtime/changes.ts';
import { changesStatement, toChanges } from '../changes.ts';
import { type Decision, decide } from './decide.ts';
import { lockFacts } from './facts.ts';
import type { LifecycleRequest } from './request.ts';

const statements = {
  confirm: statement(new URL('./sql/confirm.sql', import.meta.url)),
  cancel: statement(new URL('./sql/cancel.sql', import.meta.url)),
  extend: statement(new URL('./sql/extend.sql', import.meta.url)),
  keepAnswers: statement(new URL('./sql/keep-answers.sql', import.meta.url)),
};

export interface Decided extends Pick<Decision, 'outcomes' | 'writes'> {
  changes: Changes[];
}

/**
 * Decides requests of one kind in one transaction, and returns after its commit. One kind, because the triggers lock seats, stock and
 * events in the order of their ids once for payments and once for cancellations: in one transaction they would lock some twice.
 *
 * The statements of a round trip are sent together. There are two: one to lock and read, one to write.
 *
 * @param extendSeconds what an extension adds, unless the event says otherwise
 * @throws PostgreSQL's error; in that case nothing of the batch was written
 */
export async function runBatch(
  client: pg.PoolClient,
  requests: LifecycleRequest[],
  extendSeconds: number,
): Promise<Decided> {
  return await orRollBack(client, async () => {
    const facts = await lockFacts(client, requests, extendSeconds);
    const { outcomes, writes, keys } = decide(requests, facts);
    const until = new Map(requests.map((request, index) => [request, facts[index]?.extended_until ?? null]));
    const isFreeing = writes.some(({ kind }) => kind !== 'extend');
    const [, changed] = await commitWith(client, [
      writes.length > 0 && writeStatement(writes, until),
      isFreeing && changesStatement(writes.map(({ eventId }) => eventId)),
      keys.length > 0 && statements.keepAnswers([JSON.stringify(keys)]),
    ]);
    return { outcomes, writes, changes: toChanges(changed) };
  });
}

/** @param until what the answers say: the time that an event adds may have changed since it was read */
function writeStatement(
  writes: LifecycleRequest[],
  until: ReadonlyMap<LifecycleRequest, string | null>,
): Statement<object> {
  const ids = arrayOf(idsOf(writes), (id) => id);
  const [first] = writes;
  if (first?.kind === 'cancel') return statements.cancel([ids]);
  if (first?.kind === 'extend')
    return statements.extend([ids, arrayOf(writes, (request) => until.get(request) ?? null)]);
  const payments = writes.flatMap((request) => (request.kind === 'confirm' ? request.payment : []));
  return statements.confirm([
    JSON.stringify(
      payments.map(({ reservationId, paymentId, paymentMethod }) => ({
        id: reservationId,
        payment_id: paymentId,
        payment_method: paymentMethod,
      })),
    ),
  ]);
}

function idsOf(requests: LifecycleRequest[]): string[] {
  return requests.map(({ reservationId }) => reservationId);
}
