import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf, tally } from '../../../support/http.ts';
import { expectInvariants } from '../../../support/invariants.ts';
import { type Service, startService } from '../../../support/service.ts';
import { organizerOf } from './organizing.ts';

let service: Service;
let host: ReturnType<typeof organizerOf>;

beforeAll(async () => {
  service = await startService({ instances: 2 });
  host = organizerOf(service);
});
afterAll(() => service.stop());

const SEATS = 60;
const WAVE = 10;

/** Wave after wave: for each seat two buyers who want it, and one who takes the best. */
async function everybodyBuys(eventId: string, seatIds: string[]) {
  const answers = [];
  for (let from = 0; from < seatIds.length; from += WAVE) {
    const wave = seatIds
      .slice(from, from + WAVE)
      .flatMap((seat, at) => [
        apiOf(service, at).reserve(eventId, [seat]),
        apiOf(service, at + 1).reserve(eventId, [seat]),
        apiOf(service, at).best({ eventId, quantity: 1 }),
      ]);
    answers.push(...(await Promise.all(wave)));
  }
  return answers;
}

/** Blocks every third seat at a time, from the back: each wave of buyers meets some of them. */
async function blockEverything(eventId: string, seatIds: string[]) {
  const blocks = [];
  for (let at = 0; at < seatIds.length; at += 3)
    blocks.push(await host.block(eventId, { seat_ids: seatIds.toReversed().slice(at, at + 3) }));
  return blocks;
}

const claimed = async (eventId: string) =>
  (
    await sql<{ seat_id: string }>`
      SELECT i.seat_id FROM reservation_items i JOIN seats s ON s.id = i.seat_id
      WHERE s.event_id = ${eventId} AND i.released_at IS NULL ORDER BY 1`.execute(service.db)
  ).rows.map(({ seat_id }) => seat_id);

test('while everybody buys, each seat goes to a buyer or to the block, which says what it did not get', async () => {
  const { eventId, seatIds } = await host.event({ seats: SEATS });
  const [answers, blocks] = await Promise.all([
    everybodyBuys(eventId, seatIds),
    blockEverything(eventId, seatIds),
  ]);
  await expectInvariants(service.db);

  const sold = await claimed(eventId);
  const blocked = blocks.reduce((sum, { body }) => sum + body.blocked, 0);
  const refused = blocks.flatMap(({ body }) => body.not_blocked.held).sort();
  expect(Math.min(sold.length, blocked)).toBeGreaterThan(0);
  expect(sold.length + blocked).toBe(SEATS);
  expect(refused).toEqual(sold);
  expect(tally(answers)['201']).toBe(sold.length);
  expect((await host.seats(eventId)).statuses.toSorted()).toEqual([
    ...Array(sold.length).fill(1),
    ...Array(blocked).fill(3),
  ]);
});

test('a block that reads seats without locking them would take sold ones from their buyers', async () => {
  const { eventId, seatIds } = await host.event({ seats: SEATS });
  const read = seatIds.slice(0, SEATS / 2);
  expect(tally(await Promise.all(read.map((seat) => apiOf(service).reserve(eventId, [seat]))))).toEqual({
    '201': read.length,
  });
  const id = randomUUID();
  const careless = service.db.transaction().execute(async (trx) => {
    await sql`ALTER TABLE seats DISABLE TRIGGER blocked_or_claimed`.execute(trx);
    await sql`INSERT INTO seat_blocks (id, event_id, reason) VALUES (${id}, ${eventId}, '초대석')`.execute(
      trx,
    );
    await sql`INSERT INTO blocked_seats SELECT s, ${id} FROM unnest(${read}::uuid[]) AS a (s)`.execute(trx);
    await expectInvariants(trx);
  });
  await expect(careless).rejects.toThrow('a seat that is both blocked and claimed');
  await expectInvariants(service.db);
});
