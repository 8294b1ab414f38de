import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { IdempotencyKey } from '../../../../src/idempotency/key.ts';
import { blockSeats } from '../../../../src/sales/blocks/block-seats.ts';
import { releaseSeats } from '../../../../src/sales/blocks/release-seats.ts';
import { createEventCancellations } from '../../../../src/sales/cancelled-events.ts';
import type { HoldRequest } from '../../../../src/sales/hold-request.ts';
import type { Part } from '../../../../src/sales/lifecycle/cancel-parts.ts';
import { effectiveStatus } from '../../../../src/sales/lifecycle/effective-status.ts';
import { sweep } from '../../../../src/sales/lifecycle/sweep.ts';
import type { Sales } from '../../../../src/sales/plugin.ts';
import { seedEvent } from '../../../support/events.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { eventually } from '../../../support/wait.ts';
import type { Deed, Outcome, Rules, SaleModel } from './model.ts';

export const RULES: Rules = { seats: 6, stock: [5, 3], maxSeats: 4, maxTickets: 8, price: 50_000 };

/** One small event on the real engine, spoken to in the words of the model. */
export type Sale = Awaited<ReturnType<typeof openSale>>;

/**
 * @param engines one per instance; each deed goes through one of them
 */
export async function openSale(app: Pick<FastifyInstance, 'db' | 'salePool'>, engines: Sales[]) {
  const { db } = app;
  const { seats, stock, price } = RULES;
  const { eventId, ticketTypeIds, ...hall } = await seedEvent(db, { seats, stock, price });
  const seatIds: string[] = hall.seatIds;
  const users = Array.from({ length: 3 }, () => randomUUID());
  const paymentService = randomUUID();
  const message = 'done';

  function requestOf(
    deed: Extract<Deed, { kind: 'hold' | 'buy' | 'best' }>,
    idempotency?: IdempotencyKey,
  ): HoldRequest {
    const common = { userId: users[deed.user] as string, eventId, message, idempotency };
    if (deed.kind === 'hold') {
      return { ...common, kind: 'seats', seatIds: deed.seats.map((seat) => seatIds[seat] as string) };
    }
    if (deed.kind === 'best') return { ...common, kind: 'best', quantity: deed.quantity };
    const items = deed.quantities.flatMap((quantity, type) =>
      quantity > 0 ? [{ ticketTypeId: ticketTypeIds[type] as string, quantity }] : [],
    );
    return { ...common, kind: 'tickets', items };
  }

  /** Also the holds that a deed at the same time has locked, which a sweep leaves out. */
  async function sweepAll(): Promise<void> {
    await eventually(async () => {
      while ((await sweep(app)).more);
      const { rows } = await sql`
        SELECT FROM reservations WHERE event_id = ${eventId} AND status = 'pending' AND expires_at <= now()`.execute(
        db,
      );
      expect(rows).toHaveLength(0);
    });
  }

  /** @param key makes the deed repeatable: with the same one it is answered again, not done again */
  async function take(
    deed: Deed,
    instance: number,
    model: SaleModel,
    key?: string,
  ): Promise<Outcome & { replayed?: true }> {
    const sales = engines[instance % engines.length] as Sales;
    const idempotency: IdempotencyKey | undefined =
      key === undefined
        ? undefined
        : { key, fingerprint: JSON.stringify(deed), language: 'ko', requestId: 'r' };
    // A hold counts as held by a block or a total until it is swept.
    if (deed.kind === 'block' || deed.kind === 'total') await sweepAll();
    if (deed.kind === 'sweep') while ((await sweep(app)).more);
    if (deed.kind === 'sweep') return { verdict: 'ok' };
    if (deed.kind === 'block' || deed.kind === 'unblock') {
      const ids = deed.seats.map((seat) => seatIds[seat] as string);
      return await db.transaction().execute(async (trx) => {
        if (deed.kind === 'unblock') {
          await releaseSeats(trx, ids);
          return { verdict: 'ok' };
        }
        const block = { id: randomUUID(), event_id: eventId, reason: '초대석', release_at: null };
        const { blocked } = await blockSeats(trx, { ...block, created_by: randomUUID() }, ids);
        return { verdict: 'ok', seats: placesOf(blocked) };
      });
    }
    if (deed.kind === 'total') {
      const changed = await sql`
        UPDATE ticket_types SET total_quantity = total_quantity + ${deed.by}
        WHERE id = ${ticketTypeIds[deed.type]} AND available_quantity + ${deed.by} >= 0`.execute(db);
      return { verdict: changed.numAffectedRows === 1n ? 'ok' : 'refused' };
    }
    if (deed.kind === 'hold' || deed.kind === 'buy' || deed.kind === 'best') {
      return outcomeOf(await sales.hold(requestOf(deed, idempotency)));
    }
    const reservation = model.reservations[deed.reservation];
    if (!reservation) throw new Error('no such reservation');
    if (deed.kind === 'expire') {
      await sql`UPDATE reservations SET expires_at = now() - interval '1 second' WHERE id = ${reservation.id} AND status = 'pending'`.execute(
        db,
      );
      return { verdict: 'ok' };
    }
    if (deed.kind === 'confirm') {
      const amount = deed.amount ?? model.totalOf(reservation);
      return outcomeOf(
        await sales.confirm(
          { userId: paymentService, idempotency },
          {
            reservationId: reservation.id,
            paymentId: `${eventId}/${deed.payment}`,
            paymentMethod: 'card',
            amount: amount + deed.amountOff,
          },
          () => ({ message }),
        ),
      );
    }
    if (deed.kind === 'refund') {
      const caller = { userId: paymentService, idempotency };
      const refund = { actor: { userId: paymentService, role: 'service', requestId: 'r' } as const };
      return outcomeOf(await sales.noteRefund(caller, reservation.id, refund, async () => ({ message })));
    }
    const caller = { userId: users[deed.user] as string, idempotency };
    if (deed.kind === 'extend')
      return outcomeOf(await sales.extend(caller, reservation.id, () => ({ message })));
    const parts = deed.kind === 'part' ? partsOf(deed) : undefined;
    return outcomeOf(await sales.cancel(caller, reservation.id, parts, () => ({ message })));
  }

  const placesOf = (ids: string[]) => ids.map((id) => seatIds.indexOf(id)).sort();

  const partsOf = (part: Extract<Deed, { kind: 'part' }>): Part[] => [
    ...part.seats.map((seat) => ({ seatId: seatIds[seat] as string })),
    ...part.quantities.flatMap((quantity, type) =>
      quantity > 0 ? [{ ticketTypeId: ticketTypeIds[type] as string, quantity }] : [],
    ),
  ];

  type Answer = {
    code?: string;
    reservation?: { id: string; totalAmount: number; seats?: { id: string }[] };
  };
  type Said =
    | { kind: 'granted'; answer: object }
    | { kind: 'refused'; code: string }
    | { kind: 'replayed'; body: string };

  function outcomeOf(said: Said): Outcome & { replayed?: true } {
    if (said.kind === 'refused') return { verdict: said.code };
    const { code = 'ok', reservation } = (
      said.kind === 'granted' ? said.answer : JSON.parse(said.body)
    ) as Answer;
    const seats = reservation?.seats && placesOf(reservation.seats.map(({ id }) => id));
    return {
      verdict: code,
      ...(reservation && { id: reservation.id, total: reservation.totalAmount }),
      ...(seats && { seats }),
      ...(said.kind === 'replayed' && { replayed: true as const }),
    };
  }

  /** Expects the database to agree with the model and to keep the invariants. */
  async function expectLike(model: SaleModel): Promise<void> {
    const { rows } = await sql<{ id: string }>`
      SELECT reservations.id, ${effectiveStatus} AS status, payment_status, refund_due, payment_id, total_amount, due.amount AS due, repaid.amount AS repaid
      FROM reservations
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0)::bigint AS amount FROM refunds WHERE reservation_id = reservations.id AND refunded_at IS NULL
      ) AS due
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(amount), 0)::bigint AS amount FROM refunds WHERE reservation_id = reservations.id AND refunded_at IS NOT NULL
      ) AS repaid
      WHERE event_id = ${eventId}`.execute(db);
    const found = new Map(rows.map(({ id, ...row }) => [id, row]));
    const expected = new Map(
      model.reservations.map((each) => [
        each.id,
        {
          status: each.status,
          payment_status: each.paymentStatus,
          refund_due: each.due > 0,
          payment_id: each.payment === null ? null : `${eventId}/${each.payment}`,
          total_amount: model.totalOf(each),
          due: each.due,
          repaid: each.repaid,
        },
      ]),
    );
    expect(found).toEqual(expected);
    // The only trace of which came first, a block or a release at once.
    const blocked = await sql<{ id: string }>`
      SELECT id FROM seats WHERE event_id = ${eventId} AND status = 'blocked'`.execute(db);
    expect(placesOf(blocked.rows.map(({ id }) => id))).toEqual([...model.blocked].sort());
    for (const each of model.reservations) {
      const kept = each.status === 'confirmed' ? model.totalOf(each) : 0;
      expect(each.received, 'what was paid').toBe(kept + each.due + each.repaid);
    }
    await expectInvariants(db);
    await expectChanges();
  }

  /** Expects an entry of changes for each version, and that the last ones say how the seats and the stock are now. */
  async function expectChanges(): Promise<void> {
    const { rows } = await sql<{ entries: number; version: number; wrong: number }>`
      WITH told AS (
        SELECT DISTINCT ON (of) of, state, row_version FROM (
          SELECT c.version, s.* FROM event_changes c, unnest(seat_ids, seat_statuses, seat_versions) WITH ORDINALITY AS s (of, state, row_version, n)
          WHERE event_id = ${eventId}
          UNION ALL
          SELECT c.version, t.* FROM event_changes c, unnest(ticket_type_ids, available_quantities, stock_versions) WITH ORDINALITY AS t (of, state, row_version, n)
          WHERE event_id = ${eventId}
        ) AS change ORDER BY of, version DESC, n DESC
      ), kept AS (
        SELECT id, array_position(ARRAY['available', 'locked', 'reserved', 'blocked'], status) - 1 AS state, version FROM seats WHERE event_id = ${eventId}
        UNION ALL SELECT id, available_quantity, version FROM ticket_types WHERE event_id = ${eventId}
      )
      SELECT version - 1 AS version, (SELECT count(*) FROM event_changes WHERE event_id = ${eventId}) AS entries,
        (SELECT count(*) FROM told JOIN kept ON id = of WHERE (told.state, row_version) IS DISTINCT FROM (kept.state, kept.version)) AS wrong
      FROM event_seats WHERE event_id = ${eventId}`.execute(db);
    expect(rows[0]).toEqual({ entries: rows[0]?.version, version: rows[0]?.version, wrong: 0 });
  }

  const cancelEvents = createEventCancellations(
    { db, queue: { clear: async () => undefined }, log: { warn() {}, info() {} } } as never,
    () => undefined,
  );

  /** Cancels the event by SQL, which the instances notice as well. */
  async function cancelEvent(): Promise<void> {
    while ((await sweep(app)).more);
    await sql`UPDATE events SET status = 'cancelled' WHERE id = ${eventId}`.execute(db);
    await eventually(async () => {
      await cancelEvents(() => false);
      const { rows } = await sql<{ finished_at: unknown }>`
        SELECT finished_at FROM event_cancellations WHERE event_id = ${eventId}`.execute(db);
      expect(rows[0]?.finished_at).not.toBeNull();
    });
  }

  return { take, expectLike, cancelEvent };
}
