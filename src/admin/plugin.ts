import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type Actor, type AuditEntry, actorOf, record } from '../audit/record.ts';
import type { Db } from '../database/database.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { granted } from '../idempotency/plugin.ts';

declare module 'fastify' {
  interface FastifyInstance {
    admin: Admin;
  }
}

/** One change, in its transaction. */
export interface Change {
  readonly trx: Db;
  readonly actor: Actor;
  /** Adds an entry to the audit log. It is there if, and only if, the transaction is committed. */
  record(entry: AuditEntry): Promise<void>;
  /** Runs after the commit, before the answer. */
  afterCommit(what: () => unknown): void;
}

/** What all operations of organizers share. */
interface Admin {
  /**
   * Makes a change in one transaction and, with an Idempotency-Key, once.
   *
   * @param make returns the answer, or why it is refused; an error that it throws leaves everything as it was
   * @param status of the answer, 200 by default
   * @throws Problem with the code that `make` returned or threw
   */
  change<Answer extends object>(
    request: FastifyRequest,
    make: (change: Change) => Promise<Answer | ErrorCode>,
    status?: 200 | 201 | 202,
  ): Promise<Answer>;
  /**
   * Lets administrators at every event, and organizers at those that they created.
   *
   * @param lock keeps the event as it is until the transaction ends. It doesn't wait for sales: a sale locks `event_seats` before it asks
   *   for its event, so that `FOR UPDATE` would deadlock with it. Closing the event waits for them; see `events/publish.ts`
   * @throws Problem EVENT_NOT_FOUND, FORBIDDEN
   */
  requireEvent(db: Db, user: FastifyRequest['user'], eventId: string, lock?: 'no key update'): Promise<void>;
  /** After a commit: the caller sees the change in their next request here. The other instances have it within a second. */
  refreshCatalogue(): Promise<void>;
}

export default fp(
  async (app) => {
    app.decorate('admin', {
      async change(request, make, status = 200) {
        const actor = actorOf(request);
        const done: (() => unknown)[] = [];
        const caller = { userId: actor.userId, idempotency: request.idempotency };
        const outcome = await answerOnce(
          app.db,
          caller,
          (trx) =>
            make({
              trx,
              actor,
              record: (entry) => record(trx, actor, entry),
              afterCommit: (what) => done.push(what),
            }),
          status,
        );
        if (outcome.kind === 'granted') for (const what of done) await what();
        return granted(outcome);
      },
      async requireEvent(db, user, eventId, lock) {
        let query = db.selectFrom('events').select('created_by').where('id', '=', eventId);
        if (lock) query = query.forNoKeyUpdate();
        const event = await query.executeTakeFirst();
        if (!event) throw new Problem('EVENT_NOT_FOUND');
        if (user.role !== 'admin' && event.created_by !== user.userId) throw new Problem('FORBIDDEN');
      },
      async refreshCatalogue() {
        await app.catalogue
          .refresh()
          .catch((error) => app.log.warn({ err: error }, 'the catalogue will be read a second later'));
      },
    } satisfies Admin as Admin);
  },
  { name: 'admin', dependencies: ['auth', 'idempotency', 'database', 'catalogue'] },
);
