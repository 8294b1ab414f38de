import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { type Guard, without } from './guards.ts';

/** With the guards, each round must keep the promise. */
const ROUNDS = 4;
/** Without them, the first round that breaks it is enough. A round may keep it by chance. */
const UNGUARDED_ROUNDS = 20;

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: {
    code?: string;
    reservation: { id: string; seats: { id: string }[] };
  };
}

interface Race {
  promise: string;
  /** Asks both instances at once, and returns their answers. */
  run(service: Service): Promise<Answer[]>;
  /** The number of answers that break the promise. */
  beyond(answers: Answer[]): number;
  /** The answers that keep the promise. */
  answers: Record<string, number>;
  /** The locks that keep it, and how to remove what keeps it in the schema as well. */
  guards: Guard[];
  schema?: string;
}

const granted = (answers: Answer[]) => answers.filter(({ status }) => status < 300);
const distinct = (ids: string[]) => new Set(ids).size;
const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Over the network, on one of two instances. */
const post = (
  service: Service,
  instance: number,
  userId: string,
  path: string,
  { body, key }: { body?: object; key?: string } = {},
): Promise<Answer> =>
  ask(service.origins[instance % 2] as string, {
    method: 'POST',
    url: `/api/v1${path}`,
    headers: { ...service.as(userId), ...(key !== undefined && { 'idempotency-key': key }) },
    ...(body && { payload: body }),
  });

/** Repeats a request until it is no longer refused because another one with its key is in flight. */
async function insist(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await send();
    if (answer.body.code !== 'IDEMPOTENCY_IN_FLIGHT') return answer;
  }
}

const buy = (eventId: string, ticketTypeId: string | undefined) => ({
  body: { eventId, items: [{ ticketTypeId, quantity: 1 }] },
});

/** Two seats of a new event, held for a user. */
async function held(service: Service) {
  const { eventId, seatIds } = await service.seedEvent({ seats: 2 });
  const userId = randomUUID();
  const { body } = await post(service, 0, userId, '/seats/reserve', { body: { eventId, seatIds } });
  return { userId, path: `/reservations/${body.reservation.id}` };
}

const races: Race[] = [
  {
    promise: 'a seat is sold once, however many buyers ask for it',
    async run(service) {
      // More seats than are asked for, so that the number of free ones lasts if seats are sold twice.
      const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
      return await times(40, (index) => {
        const body = { eventId, seatIds: [seatIds[index % 10]] };
        return post(service, Math.floor(index / 10), randomUUID(), '/seats/reserve', { body });
      });
    },
    beyond(answers) {
      const seats = granted(answers).flatMap(({ body }) => body.reservation.seats.map(({ id }) => id));
      return seats.length - distinct(seats);
    },
    answers: { 201: 10, '409 SEAT_UNAVAILABLE': 30 },
    guards: ['row locks'],
    schema: 'DROP INDEX one_live_claim_per_seat',
  },
  {
    promise: 'no more tickets are sold than exist',
    async run(service) {
      const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [10] });
      return await times(40, (index) =>
        post(service, index, randomUUID(), '/reservations', buy(eventId, ticketTypeIds[0])),
      );
    },
    beyond: (answers) => granted(answers).length - 10,
    answers: { 201: 10, '409 SOLD_OUT': 30 },
    guards: ['row locks'],
    schema: 'ALTER TABLE ticket_types DROP CONSTRAINT ticket_types_check',
  },
  {
    promise: 'a user who asks all instances at once holds no more seats than the limit',
    async run(service) {
      const { eventId, seatIds } = await service.seedEvent({ seats: 20 });
      const userId = randomUUID();
      return await times(12, (index) => {
        const body = { eventId, seatIds: [seatIds[index]] };
        return post(service, index, userId, '/seats/reserve', { body });
      });
    },
    beyond: (answers) => granted(answers).length - 4,
    answers: { 201: 4, '422 TOO_MANY_SEATS': 8 },
    guards: ['user locks'],
  },
  {
    promise: 'a user who asks all instances at once buys no more tickets than the limit',
    async run(service) {
      const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
      const userId = randomUUID();
      return await times(20, (index) =>
        post(service, index, userId, '/reservations', buy(eventId, ticketTypeIds[0])),
      );
    },
    beyond: (answers) => granted(answers).length - 8,
    answers: { 201: 8, '422 TOO_MANY_TICKETS': 12 },
    guards: ['user locks'],
  },
  {
    promise: 'one key buys once, on all instances together',
    async run(service) {
      const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [100] });
      const [userId, key] = [randomUUID(), randomUUID()];
      const request = { ...buy(eventId, ticketTypeIds[0]), key };
      return await times(6, (index) => insist(() => post(service, index, userId, '/reservations', request)));
    },
    beyond: (answers) => distinct(granted(answers).map(({ body }) => body.reservation.id)) - 1,
    answers: { 201: 6 },
    // Each of them alone is enough: behind the lock of the user, the second request finds the first answer.
    guards: ['key locks', 'user locks'],
  },
  {
    promise: 'one key cancels once, and each of its requests gets that answer',
    async run(service) {
      const { userId, path } = await held(service);
      const key = randomUUID();
      return await times(4, (index) => insist(() => post(service, index, userId, `${path}/cancel`, { key })));
    },
    beyond: (answers) => answers.filter(({ headers }) => !headers['idempotent-replayed']).length - 1,
    answers: { 200: 4 },
    // Each of them alone is enough: behind the lock of the reservation, the second request finds the first answer.
    guards: ['key locks', 'row locks'],
  },
  {
    promise: 'a reservation is cancelled once',
    async run(service) {
      const { userId, path } = await held(service);
      return await times(4, (index) => post(service, index, userId, `${path}/cancel`));
    },
    beyond: (answers) => granted(answers).length - 1,
    answers: { 200: 1, '409 RESERVATION_NOT_CANCELLABLE': 3 },
    guards: ['row locks'],
  },
  {
    promise: 'a hold is extended once',
    async run(service) {
      const { userId, path } = await held(service);
      return await times(4, (index) => post(service, index, userId, `${path}/extend`));
    },
    beyond: (answers) => granted(answers).length - 1,
    answers: { 200: 1, '409 RESERVATION_NOT_EXTENDABLE': 3 },
    // Each of them alone is enough.
    guards: ['row locks', 'user locks'],
  },
];

const twoInstances = () => startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });

let service: Service;
beforeAll(async () => {
  service = await twoInstances();
});
afterAll(() => service.stop());

describe('two instances under requests at once:', () => {
  test.each(races)('$promise', async ({ run, beyond, answers }) => {
    for (let round = 0; round < ROUNDS; round++) {
      const said = await run(service);
      expect(tally(said)).toEqual(answers);
      expect(beyond(said)).toBe(0);
    }
    await expectInvariants(service.db);
  });
});

/** The number of answers that broke the promise in the first round that did so without the guards, or 0. */
async function broken({ run, beyond, guards }: Race, service: Service, rounds: number): Promise<number> {
  return await without(guards, service.app.salePool.options.database as string, async () => {
    for (let round = 0; round < rounds; round++) {
      const wrong = beyond(await run(service));
      if (wrong > 0) return wrong;
    }
    return 0;
  });
}

describe('without the locks, the schema still ensures:', () => {
  test.each(races.filter(({ schema }) => schema))('$promise', async (race) => {
    expect(await broken(race, service, ROUNDS)).toBe(0);
    await expectInvariants(service.db);
  });
});

describe('the control: without the guards, the same race breaks the promise:', () => {
  /** Its schema does not keep them either. */
  let service: Service;
  beforeAll(async () => {
    service = await twoInstances();
  });
  afterAll(() => service.stop());

  test.each(races)('$promise', async (race) => {
    if (race.schema) await sql.raw(race.schema).execute(service.db);
    expect(await broken(race, service, UNGUARDED_ROUNDS)).toBeGreaterThan(0);
  });
});
