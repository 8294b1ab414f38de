import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Db } from '../../../../src/database/database.ts';
import type { IdempotencyKey } from '../../../../src/idempotency/key.ts';
import type { HoldRequest } from '../../../../src/sales/hold-request.ts';
import { effectiveStatus } from '../../../../src/sales/lifecycle/effective-status.ts';
import { sweep } from '../../../../src/sales/lifecycle/sweep.ts';
import type { Sales } from '../../../../src/sales/plugin.ts';
import { seedEvent } from '../../../support/events.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import type { Deed, Outcome, Rules, SaleModel } from './model.ts';

export const RULES: Rules = { seats: 6, stock: [5, 3], maxSeats: 4, maxTickets: 8, price: 50_000 };

/** One small event on the real engine, spoken to in the words of the model. */
export type Sale = Awaited<ReturnType<typeof openSale>>;

/**
 * @param engines one per instance; each deed goes through one of them
 */
export async function openSale(db: Db, engines: Sales[]) {
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
    if (deed.kind === 'sweep') {
      while ((await sweep(db)).more);
      return { verdict: 'ok' };
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
      const amount =
        RULES.price * (reservation.seats.length + reservation.quantities.reduce((a, b) => a + b, 0));
      return outcomeOf(
        await sales.confirm(
          { userId: paymentService, idempotency },
          {
            reservationId: reservation.id,
            paymentId: `${eventId}/${deed.payment}`,
            paymentMethod: 'card',
            amount: amount + deed.amountOff,
          },
          { message },
        ),
      );
    }
    const caller = { userId: users[deed.user] as string, idempotency };
    if (deed.kind === 'extend')
      return outcomeOf(await sales.extend(caller, reservation.id, () => ({ message })));
    return outcomeOf(await sales.cancel(caller, reservation.id, undefined, () => ({ message })));
  }

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
    const seats = reservation?.seats?.map(({ id }) => seatIds.indexOf(id)).sort();
    return {
      verdict: code,
      ...(reservation && { id: reservation.id, total: reservation.totalAmount }),
      ...(seats && { seats }),
      ...(said.kind === 'replayed' && { replayed: true as const }),
    };
  }

  /** Expects the database to agree with the model and to keep the invariants. */
  async function expectLike(model: SaleModel): Promise<void> {
    const rows = await db
      .selectFrom('reservations')
      .select(['id', effectiveStatus.as('status'), 'payment_status', 'refund_due', 'payment_id'])
      .where('event_id', '=', eventId)
      .execute();
    const found = new Map(rows.map(({ id, ...row }) => [id, row]));
    const expected = new Map(
      model.reservations.map(({ id, status, payment, paid, refundDue }) => [
        id,
        {
          status,
          payment_status: paid ? 'completed' : 'pending',
          refund_due: refundDue,
          payment_id: payment === null ? null : `${eventId}/${payment}`,
        },
      ]),
    );
    expect(found).toEqual(expected);
    await expectInvariants(db);
  }

  return { take, expectLike };
}
