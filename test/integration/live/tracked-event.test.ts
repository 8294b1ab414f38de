import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import { type Query, queryOn } from '../../../src/live/query.ts';
import { TrackedEvent } from '../../../src/live/tracked-event.ts';
import { seedEvent } from '../../support/events.ts';
import { expectTrue, stateInDatabase } from '../../support/live-state.ts';
import { eventually } from '../../support/wait.ts';
import { usePlainSql } from '../database/plain-sql.ts';

const plain = usePlainSql();

/** An event in memory whose answers from PostgreSQL the test may keep back. */
async function track(eventId: string) {
  let held: { arrive(): void; asked: Promise<void> } | undefined;
  const query: Query = async (statement) => {
    const answer = await queryOn(plain.db)(statement);
    await holding?.(answer);
    return answer as never;
  };
  let holding: ((answer: unknown) => Promise<void>) | undefined;
  const stepped = vi.fn();
  const reset = vi.fn();
  const event = new TrackedEvent(eventId, { query, isDatabaseUp: () => true, stepped, reset });
  event.holders++;
  const picture = await event.current();
  return {
    event,
    picture,
    stepped,
    reset,
    /** From now on, answers are kept until they may arrive. */
    keepAnswers() {
      const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
      const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
      holding = async () => {
        isAsked();
        await arrived;
      };
      held = {
        asked,
        arrive() {
          holding = undefined;
          arrive();
        },
      };
      return held;
    },
  };
}

/** A claim as its batch announces it. */
async function sell(eventId: string, seatId: string) {
  await plain.claim(eventId, { seats: [seatId] });
  const { version } = await stateInDatabase(plain.db, eventId);
  const seats = [{ seatId, status: 'locked' as const, version: 1 }];
  return { eventId, from: version - 1, version, availableSeats: 0, seats, stock: [] };
}

test('a commit during the read of an event that may have lost versions is not undone by it', async () => {
  const { eventId, seatIds } = await seedEvent(plain.db, { seats: 3 });
  const { event, picture, keepAnswers } = await track(eventId);
  event.doubt();
  const answer = keepAnswers();
  const reading = event.catchUp();
  await answer.asked;
  const { version } = picture;
  for (const seatId of seatIds.slice(0, 2)) {
    const news = await sell(eventId, seatId);
    event.committed(news.version);
    event.note(news);
  }
  answer.arrive();
  await reading;
  expect((await event.current()).version).toBe(version + 2);
  await expectTrue(plain.db, picture);
  event.close();
});

test('an event that has lost nothing while PostgreSQL was away is not started anew', async () => {
  const { eventId, seatIds } = await seedEvent(plain.db, { seats: 3, stock: [2] });
  const { event, picture, reset } = await track(eventId);
  const { layout } = picture;
  event.doubt();
  await event.catchUp();
  await sell(eventId, seatIds[0] as string);
  event.doubt();
  await event.catchUp();
  expect(reset).not.toHaveBeenCalled();
  expect(picture.layout).toBe(layout);
  await expectTrue(plain.db, picture);
});

/** As after a failover: rows differ, although their versions are the same. */
const asIfLost = (statement: ReturnType<typeof sql>) =>
  plain.db.transaction().execute(async (trx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    await statement.execute(trx);
  });

test('what was lost of stock is seen, even if its version is the same again', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seedEvent(plain.db, { seats: 3, stock: [9] });
  const { event, picture } = await track(eventId);
  const [type] = ticketTypeIds as [string];
  await asIfLost(sql`UPDATE ticket_types SET total_quantity = 7, available_quantity = 7 WHERE id = ${type}`);
  await sell(eventId, seatIds[0] as string);
  event.doubt();
  await event.catchUp();
  await expectTrue(plain.db, picture);
});

test('an event that was deleted and made again with other seats is read as a whole', async () => {
  const { eventId } = await seedEvent(plain.db, { seats: 3 });
  const { event, picture, reset } = await track(eventId);
  await seedEvent(plain.db);
  await sql`DELETE FROM events WHERE id = ${eventId}`.execute(plain.db);
  await sql`
    INSERT INTO events (id, title, venue, event_date, sale_start_date, sale_end_date, status)
    SELECT ${eventId}, title, venue, event_date, sale_start_date, sale_end_date, status FROM events LIMIT 1`.execute(
    plain.db,
  );
  await sql`INSERT INTO seats (event_id, section, row_number, seat_number, seat_label, price) VALUES (${eventId}, 'X', 1, 1, 'X-1', 5)`.execute(
    plain.db,
  );
  event.doubt();
  await event.catchUp();
  expect(reset).toHaveBeenCalled();
  expect(picture.layout.labels).toEqual(['X-1']);
  await expectTrue(plain.db, picture);
});

test('news of a payment that changed no seat replace no news that wait', async () => {
  const { eventId, seatIds } = await seedEvent(plain.db, { seats: 3 });
  const { event, picture } = await track(eventId);
  const [first, second] = [
    await sell(eventId, seatIds[0] as string),
    await sell(eventId, seatIds[1] as string),
  ];
  event.note(second);
  event.note({ ...first, from: first.version, seats: [] });
  event.note(first);
  await expectTrue(plain.db, picture);
  event.close();
});

test('news of versions that PostgreSQL has lost are not applied after the event was read anew', async () => {
  const { eventId, seatIds } = await seedEvent(plain.db, { seats: 3 });
  const { event, picture } = await track(eventId);
  const [from, seatId] = [picture.version + 1, seatIds[2] as string];
  const seats = [{ seatId, status: 'reserved' as const, version: 9 }];
  event.note({ eventId, from, version: from + 1, availableSeats: 0, seats, stock: [] });
  expect(event.peek(), 'news are missing before these').toBeUndefined();
  event.doubt();
  await event.catchUp();
  event.note(await sell(eventId, seatIds[0] as string));
  await expectTrue(plain.db, picture);
  event.close();
});

test('an event is read anew if PostgreSQL has an older version than memory', async () => {
  const { eventId } = await seedEvent(plain.db, { seats: 3 });
  const { event, picture } = await track(eventId);
  expect(event.peek()).toBe(picture);
  event.compare(picture.version - 1, picture.version, performance.now());
  expect(event.peek()).toBeUndefined();
  await eventually(() => expect(event.peek()).toBe(picture));
  event.close();
});
