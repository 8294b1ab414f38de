import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from '@sinclair/typebox';
import type { PaymentState, Reservation } from '../contract/schemas.ts';
import { Problem } from '../errors/problem.ts';

const PaymentRequest = Type.Object(
  {
    reservationId: Type.String({ format: 'uuid' }),
    /** `late`: the payment arrives once the reservation has ended. */
    outcome: Type.Union([Type.Literal('paid'), Type.Literal('late'), Type.Literal('refused')]),
  },
  { additionalProperties: false },
);

/** How often a late payment looks whether its reservation has ended: often around the time when it should, rarely long before. */
const LOOK_MS = { least: 500, most: 3_000 };
/** The moment in which another buyer can take what has become free, before the payment arrives. */
const LATE_BY_MS = 2_000;
/** The longest hold and its extension take three hours together. */
const LONGEST_HOLD_MS = 3 * 3_600_000;
/** Late payments on their way at once. */
const MOST_ON_THEIR_WAY = 1_000;

/**
 * Plays the payment service. It reads reservations and reports payments by the public operations alone, with a token of the role
 * `service`, as a real one does. Only its owner can pay for a reservation.
 */
const payments: FastifyPluginAsyncTypebox = async (app) => {
  const closing = new AbortController();
  app.addHook('onClose', async () => closing.abort());
  const onTheirWay = new Set<string>();

  app.post<{ Body: Static<typeof PaymentRequest> }>(
    '/demo/payments',
    { schema: { body: PaymentRequest } },
    async ({ body: { reservationId, outcome }, headers: { authorization = '' } }, reply) => {
      reply.header('cache-control', 'no-store');
      // With the buyer's own token: the service refuses the reservation of another.
      const known = await call<Reservation>('GET', reservationId, authorization);
      if (known.status !== 200) return reply.code(known.status).send(known.body);
      if (outcome === 'paid') {
        const answer = await report(reservationId, known.body.reservation.total_amount);
        if (answer.status !== 200) return reply.code(answer.status).send(answer.body);
      }
      if (outcome === 'late') sendLate(known.body.reservation);
      return { outcome };
    },
  );

  function sendLate({ id, expires_at }: Reservation['reservation']): void {
    if (onTheirWay.has(id)) return;
    if (onTheirWay.size >= MOST_ON_THEIR_WAY) throw new Problem('TOO_MANY_REQUESTS', { retryAfter: 60 });
    onTheirWay.add(id);
    reportAfterTheEnd(id, Date.parse(expires_at))
      .catch((error: unknown) => {
        if (!closing.signal.aborted) app.log.warn(error, 'a late payment of the demo did not arrive');
      })
      .finally(() => onTheirWay.delete(id));
  }

  async function reportAfterTheEnd(reservationId: string, expiresAt: number): Promise<void> {
    const deadline = Date.now() + LONGEST_HOLD_MS;
    while (Date.now() < deadline) {
      const { status, body } = await call<PaymentState>('GET', `${reservationId}/payment`, serviceToken());
      if (status === 200 && body.reservation.status !== 'pending') {
        await pause(LATE_BY_MS);
        await report(reservationId, body.reservation.total_amount);
        return;
      }
      const toTheEnd = Math.abs(expiresAt - Date.now());
      await pause(Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, toTheEnd / 10)));
    }
  }

  function report(reservationId: string, amount: number) {
    const payment = { paymentId: `demo_${randomUUID()}`, paymentMethod: 'card', amount };
    return call('POST', `${reservationId}/confirm`, serviceToken(), payment);
  }

  async function call<Body>(method: 'GET' | 'POST', path: string, authorization: string, payload?: object) {
    const url = `/api/v1/reservations/${path}`;
    const answer = await app.inject({ method, url, headers: { authorization }, ...(payload && { payload }) });
    return { status: answer.statusCode, body: answer.json<Body>() };
  }

  function serviceToken(): string {
    return `Bearer ${app.jwt.sign({ userId: randomUUID(), role: 'service' }, { expiresIn: '1m' })}`;
  }

  function pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: closing.signal, ref: false });
  }
};

export default payments;
