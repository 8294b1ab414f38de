import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { ask, type HttpAnswer } from '../../support/http.ts';
import type { Service } from '../../support/service.ts';
import type { Listener, Sockets } from '../../support/sockets.ts';
import { eventually } from '../../support/wait.ts';
import { queueOf } from '../../support/waiting-room/queue-client.ts';
import { type Answers, type Operation, operations } from './matrix.ts';

/** The operations that are asked over REST, each by a user of its own. */
export type Asked = Exclude<Operation, 'sweep' | 'news' | 'start' | 'stop'>;
/** Each may be asked again and again: it carries an Idempotency-Key. */
type Round = Record<Asked, () => Promise<string>>;

/** The answers while both are well. */
export const well = Object.fromEntries(
  Object.entries(operations).map(([name, operation]) => [name, operation.well]),
) as Answers;

const PRICE = 50_000;
const HEARD_WITHIN_MS = 1_500;

/** An event without a line and one whose line is full, with buyers, holds and sockets. Requests go to the first instance. */
export async function createWorld(service: Service, sockets: Sockets) {
  const open = await service.seedEvent({ seats: 60, stock: [60], price: PRICE });
  const full = await service.seedEvent({ seats: 20 });
  const queue = queueOf(service, full.eventId);
  await queue.change({ threshold: 1 });
  // An instance that has not heard of it yet would let the next user in.
  await eventually(async () => expect((await queue.admin(1)).body).toMatchObject({ threshold: 1 }));
  const [inside, first] = [queue.person(), queue.person()];
  // An instance that was too busy for the answer of Redis lets them in without it.
  await eventually(async () => {
    expect((await inside.check()).body).toMatchObject({ queued: false });
    expect((await queue.admin()).body).toMatchObject({ currentUsers: 1 });
  });
  await eventually(async () => expect((await first.check()).body).toMatchObject({ position: 1 }));
  let seats = 0;
  const seat = (of: typeof open) => of.seatIds[seats++ % of.seatIds.length] as string;

  /** A socket of an instance, which hears what is told. */
  async function hears(instance: number): Promise<Listener> {
    const listener = await sockets.connect(service.origins[instance] as string);
    await listener.send('join-seat-selection', { eventId: open.eventId });
    return listener;
  }
  const [near, sender] = await Promise.all([hears(0), hears(0)]);

  const post = (url: string, headers: object, payload?: object, instance = 0) =>
    ask(service.apps[instance] as FastifyInstance, {
      method: 'POST',
      url: `/api/v1${url}`,
      headers: { ...headers },
      ...(payload && { payload }),
    });
  const asUser = (userId: string = randomUUID()) => ({
    ...service.as(userId),
    'idempotency-key': randomUUID(),
  });
  const hold = (eventId: string, seatId: string, headers: object, instance = 0) =>
    post('/seats/reserve', headers, { eventId, seatIds: [seatId] }, instance);

  async function held(instance = 0): Promise<{ id: string; userId: string; seatId: string }> {
    const [userId, seatId] = [randomUUID(), seat(open)];
    const { status, body } = await hold(open.eventId, seatId, asUser(userId), instance);
    expect(status, JSON.stringify(body)).toBe(201);
    return { id: body.reservation.id, userId, seatId };
  }

  return {
    near,
    hears,

    async round(): Promise<Round> {
      const [confirmed, cancelled, extended, unseen] = await Promise.all([
        held(),
        held(),
        held(),
        service.seedEvent({ seats: 1, stock: [1] }),
      ]);
      const reader = service.as(randomUUID());
      const [free, freeInside, alsoFree] = [seat(open), seat(full), seat(full)];
      const [holder, loser, buyer, outsider] = [asUser(), asUser(), asUser(), asUser()];
      const visitor = queueOf(service, open.eventId).person();
      const get = (path: string) => ask(service.app, { url: `/api/v1${path}` });
      const insider = {
        ...asUser(inside.userId),
        ...(inside.proofs.pass !== undefined && { 'x-queue-pass': inside.proofs.pass }),
      };
      const [confirmer, canceller, extender] = [
        { ...service.as(randomUUID(), 'service'), 'idempotency-key': randomUUID() },
        asUser(cancelled.userId),
        asUser(extended.userId),
      ];
      const payment = { paymentId: randomUUID(), paymentMethod: 'card', amount: PRICE };
      const items = [{ ticketTypeId: open.ticketTypeIds[0], quantity: 1 }];
      const of = async (answer: Promise<HttpAnswer>) => answerOf(await answer);
      return {
        search: () => of(get(`/events?q=${randomUUID()}`)),
        'seat map': () => of(get(`/seats/events/${unseen.eventId}`)),
        stock: () => of(get(`/tickets/availability/${unseen.ticketTypeIds[0]}`)),
        read: () => of(ask(service.app, { url: '/api/v1/reservations/my', headers: reader })),
        check: () => of(queueOf(service, open.eventId).person().check()),
        status: () => of(visitor.status()),
        place: () => of(first.check()),
        hold: () => of(hold(open.eventId, free, holder)),
        taken: () => of(hold(open.eventId, confirmed.seatId, loser)),
        buy: () => of(post('/reservations', buyer, { eventId: open.eventId, items })),
        'hold inside': () => of(hold(full.eventId, freeInside, insider)),
        overtake: () => of(hold(full.eventId, alsoFree, outsider)),
        confirm: () => of(post(`/reservations/${confirmed.id}/confirm`, confirmer, payment)),
        cancel: () => of(post(`/reservations/${cancelled.id}/cancel`, canceller)),
        extend: () => of(post(`/reservations/${extended.id}/extend`, extender)),
      };
    },

    /** A hold whose time is up in so many ms. @returns its status in the database */
    async overdueIn(ms: number): Promise<() => Promise<string>> {
      const { id } = await held();
      await service.db
        .updateTable('reservations')
        .set({ expires_at: sql<string>`now() + make_interval(secs => ${ms / 1_000})` })
        .where('id', '=', id)
        .execute();
      return async () => {
        const { status } = await service.db
          .selectFrom('reservations')
          .select('status')
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        return status;
      };
    },

    /**
     * Tells what a user considers until the listeners hear it. That asks nothing of PostgreSQL, and of Redis only the way to the other
     * instances. What is said on the way back to them is lost.
     */
    async tell(listeners: Listener[]): Promise<void> {
      await eventually(async () => {
        const considered = randomUUID();
        await sender.send('seat-selection-changed', { eventId: open.eventId, seats: [considered] });
        await Promise.all(
          listeners.map((each) => each.hears('seat-update', { seats: [considered] }, HEARD_WITHIN_MS)),
        );
      });
    },

    /** Holds seats on an instance until the listeners hear of one. */
    async holdOn(instance: number, listeners: Listener[]): Promise<void> {
      await eventually(async () => {
        const { seatId } = await held(instance);
        await Promise.all(
          listeners.map((each) => each.hears('seat-selected', { seatId, status: 'locked' }, HEARD_WITHIN_MS)),
        );
      });
    },
  };
}

/** Asks all of them at once. */
export async function askAll(round: Round): Promise<Record<Asked, string>> {
  return await forEach((name) => round[name]());
}

/** Asks each of them until its answer is that of a well service, or time is up. */
export async function askUntilWell(round: Round, timeout: number): Promise<Record<Asked, string>> {
  return await forEach((name) => untilEqual(round[name], well[name], timeout));
}

export const askedOf = ({ sweep, news, start, stop, ...asked }: Answers): Record<Asked, string> => asked;

async function forEach(ask: (name: Asked) => Promise<string>): Promise<Record<Asked, string>> {
  const names = Object.keys(askedOf(well)) as Asked[];
  const answers = await Promise.all(names.map(async (name) => [name, await ask(name)] as const));
  return Object.fromEntries(answers) as Record<Asked, string>;
}

/** Reads until the value is the expected one, or time is up. @returns the last value */
export async function untilEqual<T>(read: () => Promise<T>, expected: T, timeout: number): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected) || performance.now() > deadline) return value;
    await sleep(200);
  }
}

function answerOf({ status, body, headers }: HttpAnswer): string {
  if (status === 503 && body.code === 'SERVICE_UNAVAILABLE' && Number(headers['retry-after']) > 0)
    return '503';
  if (body.code) return `${status} ${body.code}`;
  if ('queued' in body) return body.queued ? `place ${body.position}` : 'not queued';
  return `${status}`;
}
