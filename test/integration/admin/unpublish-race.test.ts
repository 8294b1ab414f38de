import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { apiOf } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { hold, holdSeats, holdStock, untilEndedOrWaiting, untilLockWaiters } from '../../support/locks.ts';
import { type Service, startService } from '../../support/service.ts';
import { organizerOf } from './organizer.ts';

let service: Service;
const organizerId = randomUUID();

beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(() => service.stop());

async function ownEvent() {
  const seeded = await service.seedEvent({ seats: 10, stock: [5] });
  await sql`UPDATE events SET created_by = ${organizerId} WHERE id = ${seeded.eventId}`.execute(service.db);
  return seeded;
}
type Event = Awaited<ReturnType<typeof ownEvent>>;

const requests = {
  seats: ({ eventId, seatIds }: Event) => apiOf(service, 1).reserve(eventId, seatIds.slice(0, 1)),
  tickets: ({ eventId, ticketTypeIds }: Event) =>
    apiOf(service, 1).buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }]),
};
const locks = {
  seats: (db: Db, { eventId }: Event) => holdSeats(db, eventId),
  tickets: (db: Db, { ticketTypeIds }: Event) => holdStock(db, ticketTypeIds[0] as string),
};
const kinds = ['seats', 'tickets'] as const;

const unpublish = ({ eventId }: Event) => organizerOf(service, 0, organizerId).unpublish(eventId);

/** A hold has read that the event sells, and waits for its seat or its stock while the event is unpublished. */
async function unpublishMeanwhile(kind: (typeof kinds)[number]) {
  const event = await ownEvent();
  const letGo = await locks[kind](service.db, event);
  const held = requests[kind](event);
  await untilLockWaiters(service.db, 1);
  const unpublished = await unpublish(event);
  await letGo();
  return { unpublished, held: await held, event };
}

describe.each(kinds)('an event is unpublished while a hold of %s is decided', (kind) => {
  test('and the hold, which has written nothing yet, is refused', async () => {
    const { unpublished, held, event } = await unpublishMeanwhile(kind);
    expect([unpublished.status, held.body.code]).toEqual([200, 'EVENT_NOT_FOUND']);
    const { rows } = await sql`SELECT FROM reservations WHERE event_id = ${event.eventId}`.execute(
      service.db,
    );
    expect(rows).toEqual([]);
    await expectInvariants(service.db);
  });

  test('control: without the closing of the event, the hold is of a draft', async () => {
    await sql`ALTER TABLE events DISABLE TRIGGER event_closed`.execute(service.db);
    try {
      const { unpublished, held } = await unpublishMeanwhile(kind);
      expect([unpublished.status, held.status]).toEqual([200, 201]);
    } finally {
      await sql`ALTER TABLE events ENABLE TRIGGER event_closed`.execute(service.db);
    }
  });

  test('and stays published, if the hold is written already', async () => {
    const event = await ownEvent();
    const letGo = await hold(service.db, (trx) =>
      sql`SELECT FROM event_seats WHERE event_id = ${event.eventId} FOR UPDATE`.execute(trx),
    );
    const held = requests[kind](event);
    await untilLockWaiters(service.db, 1);
    const unpublished = unpublish(event);
    await untilEndedOrWaiting(service.db, unpublished, 2);
    await letGo();
    expect([(await held).status, (await unpublished).body.code]).toEqual([201, 'EVENT_HAS_RESERVATIONS']);
  });
});

test('a hold and an unpublishing at the same moment never both succeed', async () => {
  for (let round = 0; round < 16; round++) {
    const event = await ownEvent();
    const kind = kinds[round % 2] as (typeof kinds)[number];
    const [held, unpublished] = await Promise.all([
      requests[kind](event),
      sleep(round / 2).then(() => unpublish(event)),
    ]);
    const outcome = `${held.body.code ?? held.status} ${unpublished.body.code ?? unpublished.status}`;
    expect(['201 EVENT_HAS_RESERVATIONS', 'EVENT_NOT_FOUND 200']).toContain(outcome);
  }
  await expectInvariants(service.db);
});
