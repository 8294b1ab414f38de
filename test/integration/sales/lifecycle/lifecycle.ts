import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import { expect } from 'vitest';
import { sweep } from '../../../../src/sales/lifecycle/sweep.ts';
import { apiOf, type HttpAnswer } from '../../../support/http.ts';
import { untilEndedOrWaiting, untilLockWaiters } from '../../../support/locks.ts';
import type { Service } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

/** Of a seat and of a ticket, in won. */
export const PRICE = 50_000;

const told = ({ status, body }: HttpAnswer) => ({ status, body });

/** What happens to the reservations of a service after they were made. */
export function lifecycleOf(service: Service) {
  const asPaymentService = () => service.as(undefined, 'service');
  const postTo = async (path: string, instance: number, payload?: object) =>
    told(await apiOf(service, instance).post(`/reservations${path}`, asPaymentService(), payload));
  const get = async (path: string) =>
    told(await apiOf(service).get(`/reservations${path}`, asPaymentService()));

  /** A hold on all the seats of a new event. */
  async function held(seats = 2) {
    const { eventId, seatIds } = await service.seedEvent({ seats, price: PRICE });
    const userId = randomUUID();
    const { body } = await apiOf(service).reserve(eventId, seatIds, userId);
    const { id, expiresAt } = body.reservation as { id: string; expiresAt: string };
    return { eventId, seatIds, userId, id, expiresAt, amount: seats * PRICE };
  }

  const expireIn = (id: string, seconds: number) =>
    sql`UPDATE reservations SET expires_at = now() + make_interval(secs => ${seconds}) WHERE id = ${id}`.execute(
      service.db,
    );

  async function hasExpired(id: string): Promise<boolean> {
    const { rows } = await sql`SELECT FROM reservations WHERE id = ${id} AND expires_at <= now()`.execute(
      service.db,
    );
    return rows.length === 1;
  }

  return {
    held,
    confirm: (id: string, amount: number, paymentId: string = randomUUID(), instance = 0) =>
      postTo(`/${id}/confirm`, instance, { paymentId, paymentMethod: 'card', amount }),
    noteRefund: (id: string, instance = 0) => postTo(`/${id}/refunded`, instance),
    refundsDue: async (query = '') => (await get(`/refunds-due${query}`)).body,
    payment: async (id: string) => (await get(`/${id}/payment`)).body.reservation,
    /** Ends a hold at this moment, without a sweep. */
    expire: (id: string) => expireIn(id, 0),
    expireIn,
    async sweepAll(): Promise<void> {
      while ((await sweep(service.app)).more);
    },
    async seatStatuses(eventId: string): Promise<string[]> {
      const seats = service.db.selectFrom('seats').select('status').where('event_id', '=', eventId);
      return (await seats.execute()).map(({ status }) => status).sort();
    },

    /**
     * Begins a request before the end of a hold and keeps it waiting for a lock until after the end. Another request begins then.
     *
     * @param obstruct takes the lock, and returns how to let go of it
     * @returns the answers of both requests
     */
    async acrossExpiry(
      id: string,
      obstruct: () => Promise<() => Promise<void>>,
      before: () => Promise<Pick<HttpAnswer, 'status' | 'body'>>,
      after: () => Promise<Pick<HttpAnswer, 'status' | 'body'>>,
    ) {
      // On a busy machine, two seconds are not enough to wait for the end and for what follows.
      const patient = (client: pg.PoolClient) => void client.query("SET lock_timeout = '4500ms'");
      for (const { salePool } of service.apps) salePool.on('acquire', patient);
      await expireIn(id, 2);
      const letGo = await obstruct();
      try {
        const early = before();
        await untilLockWaiters(service.db, 1);
        expect(await hasExpired(id)).toBe(false);
        await eventually(async () => expect(await hasExpired(id)).toBe(true), { interval: 100 });
        const late = after();
        await untilEndedOrWaiting(service.db, late, 2);
        await letGo();
        return [await early, await late] as const;
      } finally {
        for (const { salePool } of service.apps) salePool.off('acquire', patient);
        await letGo();
      }
    },
  };
}
