import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type pg from 'pg';
import { answerOnce } from '../../../../../src/idempotency/answer-once.ts';
import type { Caller } from '../../../../../src/idempotency/key.ts';
import type { LifecycleRequest } from '../../../../../src/sales/lifecycle/batch/request.ts';
import { runBatch } from '../../../../../src/sales/lifecycle/batch/run-batch.ts';
import { cancelReservation } from '../../../../../src/sales/lifecycle/cancel.ts';
import { confirmReservation } from '../../../../../src/sales/lifecycle/confirm.ts';
import { extendReservation } from '../../../../../src/sales/lifecycle/extend.ts';
import { sweep } from '../../../../../src/sales/lifecycle/sweep.ts';
import type { Service } from '../../../../support/service.ts';
import { PRICE } from '../lifecycle.ts';

export type Deed = {
  reservation: number;
  payment: number;
  amountOff: number;
  /** An idempotency key, or 0 for none. */
  key: number;
};
/** Requests of one kind that arrive together. */
export type Together = { kind: LifecycleRequest['kind']; deeds: Deed[] };
/** What becomes of a hold before the first request. */
export type Fate = 'goes on' | 'expires' | 'is swept' | 'is cancelled in part';

export const RESERVATIONS = 6;
const EXTEND_SECONDS = 60;
const LIMITS = { maxSeatsPerUser: 4, maxTicketsPerUser: 8 } as never;

/** One event with a few holds. Two worlds of the same fates are the same but for their ids. */
export async function openWorld(service: Service, fates: Fate[]) {
  const { db, app } = service;
  const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({
    seats: 10,
    stock: [9],
    price: PRICE,
  });
  const users = [randomUUID(), randomUUID(), randomUUID()];
  const paymentService = randomUUID();
  const expire = (id: string) =>
    sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${id}`.execute(db);
  const holds = await Promise.all(
    Array.from({ length: RESERVATIONS }, (_, index) => holdFor(app, users[index % 3] as string, index)),
  );
  await Promise.all(fates.map((fate, index) => meet(holds[index]?.id as string, fate)));
  while ((await sweep(app)).more);
  /** Two seats each, and three tickets for every third one. */
  async function holdFor({ sales }: FastifyInstance, userId: string, index: number) {
    const common = { userId, eventId, message: 'held' };
    const items = [{ ticketTypeId: ticketTypeIds[0] as string, quantity: 3 }];
    const outcome =
      index % 3 === 2
        ? await sales.hold({ ...common, kind: 'tickets', items })
        : await sales.hold({ ...common, kind: 'seats', seatIds: seatIds.slice(2 * index, 2 * index + 2) });
    if (outcome.kind !== 'granted') throw new Error(`no hold: ${JSON.stringify(outcome)}`);
    const { id, totalAmount } = outcome.answer.reservation;
    return { id, owner: userId, total: totalAmount };
  }

  async function meet(id: string, fate: Fate): Promise<void> {
    if (fate === 'is swept') await expire(id);
    if (fate !== 'is cancelled in part') return;
    const { rows } = await sql<{ seat_id: string | null }>`
      SELECT seat_id FROM reservation_items WHERE reservation_id = ${id} ORDER BY position LIMIT 1`.execute(
      db,
    );
    const seatId = rows[0]?.seat_id;
    const part = seatId ? { seatId } : { ticketTypeId: ticketTypeIds[0] as string, quantity: 1 };
    await db.transaction().execute((trx) => cancelReservation(trx, { reservationId: id, parts: [part] }));
  }

  function requestOf(kind: LifecycleRequest['kind'], deed: Deed): LifecycleRequest {
    const { id, owner, total } = holds[deed.reservation] as (typeof holds)[number];
    const userId = kind === 'confirm' ? paymentService : owner;
    const fingerprint = `${kind} ${JSON.stringify({ ...deed, key: 0 })}`;
    const idempotency = deed.key > 0 && {
      key: `key-${deed.key}`,
      fingerprint,
      language: 'en',
      requestId: 'r',
    };
    const caller = { userId, ...(idempotency && { idempotency }) } as Caller;
    const common = { ...caller, reservationId: id, eventId, ownerId: owner };
    const answer = (done: object) => done;
    if (kind === 'cancel') {
      const alone = () =>
        answerOnce(db, caller, async (trx) => {
          const effect = await cancelReservation(trx, { reservationId: id, userId });
          return effect.refusal ?? (effect.cancelled as object);
        });
      return { kind, ...common, answer, alone };
    }
    if (kind === 'extend') {
      const alone = () => answerOnce(db, caller, (trx) => extendReservation(trx, userId, id, EXTEND_SECONDS));
      return { kind, ...common, answer, alone };
    }
    const paymentId = `${eventId}/${deed.payment}`;
    const payment = { reservationId: id, paymentId, paymentMethod: 'card', amount: total + deed.amountOff };
    const paid = { paid: deed.payment };
    const alone = () =>
      answerOnce(db, caller, async (trx) => (await confirmReservation(trx, payment, LIMITS)).refusal ?? paid);
    return { kind, ...common, payment, answer: paid, alone };
  }

  return {
    /** Once no other world is opened, since that sweeps. */
    async begin(): Promise<void> {
      for (const [index, fate] of fates.entries())
        if (fate === 'expires') await expire(holds[index]?.id as string);
    },
    /** Decides the requests in one batch, and those that it leaves to be decided alone after it. */
    async byBatch(client: pg.PoolClient, { kind, deeds }: Together) {
      const requests = deeds.map((deed) => requestOf(kind, deed));
      const { outcomes } = await runBatch(client, requests, EXTEND_SECONDS);
      const said: unknown[] = [];
      for (const [index, outcome] of outcomes.entries())
        said.push(outcome === 'alone' ? await requests[index]?.alone() : outcome);
      return without(said);
    },
    async oneByOne({ kind, deeds }: Together) {
      const said: unknown[] = [];
      for (const deed of deeds) said.push(await requestOf(kind, deed).alone());
      return without(said);
    },
    /** All that the requests may change. The version of a stock grows by one in a batch. */
    async state() {
      const { rows } = await sql<{ state: unknown }>`
        SELECT json_build_object(
          'reservations', (SELECT json_agg(json_build_object(
              'of', r.id, 'is', ARRAY[status, payment_status, payment_id, payment_method], 'total', total_amount, 'due', refund_due,
              'times', ARRAY[extended_at IS NULL, paid_at IS NULL, confirmed_at IS NULL, refunded_at IS NULL],
              'lasts', round(extract(epoch FROM expires_at - created_at) / 10),
              'refunds', (SELECT json_agg(ARRAY[amount::text, reason, payment_id] ORDER BY reason, payment_id) FROM refunds f
                WHERE f.reservation_id = r.id),
              'items', (SELECT json_agg(ARRAY[quantity, cancelled_quantity, (released_at IS NULL)::integer] ORDER BY position)
                FROM reservation_items i WHERE i.reservation_id = r.id)) ORDER BY array_position(${holds.map(({ id }) => id)}::uuid[], r.id))
            FROM reservations r WHERE event_id = ${eventId}),
          'seats', (SELECT json_agg(json_build_array(status, version) ORDER BY array_position(${seatIds}::uuid[], id))
            FROM seats WHERE event_id = ${eventId}),
          'stock', (SELECT json_agg(available_quantity) FROM ticket_types WHERE event_id = ${eventId}),
          'free', (SELECT available FROM event_seats WHERE event_id = ${eventId}),
          'keys', (SELECT json_agg(json_build_array(user_id, key, fingerprint, status, body) ORDER BY key, fingerprint, user_id = ${paymentService})
            FROM idempotency_keys WHERE user_id = ANY (${[...users, paymentService]}::uuid[]))) AS state`.execute(
        db,
      );
      return without(rows[0]?.state);
    },
  };

  /** The value without what differs from world to world: ids and times. */
  function without(value: unknown): unknown {
    const ids = [eventId, ...users, paymentService, ...holds.map(({ id }) => id)];
    const text = ids.reduce((all, id, index) => all.replaceAll(id, `#${index}`), JSON.stringify(value));
    return JSON.parse(text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then'));
  }
}
