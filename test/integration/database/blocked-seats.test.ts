import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../../src/database/database.ts';
import { untilEndedOrWaiting } from '../../support/locks.ts';
import { block, claim, SQLSTATE, usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

const counts = (eventId: string) =>
  plain.db
    .selectFrom('event_seats')
    .select(['total', 'available', 'version'])
    .where('event_id', '=', eventId)
    .executeTakeFirstOrThrow();

const unblock = (seatId: string) => sql`DELETE FROM blocked_seats WHERE seat_id = ${seatId}`;

test('a seat is blocked and released with its row, in one version each', async () => {
  const { eventId, free } = await plain.begin();
  const before = await counts(eventId);
  const block = await plain.block(eventId, free);
  expect(await plain.seatStatus(free)).toBe('blocked');
  expect(await counts(eventId)).toEqual({
    ...before,
    available: before.available - 1,
    version: before.version + 1,
  });
  const { rows } = await sql`
    SELECT seat_ids, seat_statuses FROM event_changes WHERE version = ${before.version + 1}`.execute(
    plain.db,
  );
  expect(rows).toEqual([{ seat_ids: [free], seat_statuses: [3] }]);

  await unblock(free).execute(plain.db);
  expect(await plain.seatStatus(free)).toBe('available');
  expect(await counts(eventId)).toEqual({ ...before, version: before.version + 2 });
  const { released_at } = await plain.db
    .selectFrom('seat_blocks')
    .select('released_at')
    .where('id', '=', block)
    .executeTakeFirstOrThrow();
  expect(released_at).not.toBeNull();
});

test('PostgreSQL refuses every other way to a blocked seat', async () => {
  const { eventId, seat, free } = await plain.begin();
  const other = await plain.begin();
  const refused = (statement: Promise<unknown>, code: string) =>
    expect(statement).rejects.toMatchObject({ code });

  await refused(plain.block(eventId, seat), SQLSTATE.check);
  await refused(plain.block(eventId, other.free), SQLSTATE.integrity);
  await refused(
    sql`UPDATE seats SET status = 'blocked' WHERE id = ${free}`.execute(plain.db),
    SQLSTATE.integrity,
  );
  const block = await plain.block(eventId, free);
  await refused(plain.block(eventId, free), SQLSTATE.unique);
  await refused(plain.claim(eventId, { seats: [free] }), SQLSTATE.check);
  await refused(
    sql`UPDATE seats SET status = 'available' WHERE id = ${free}`.execute(plain.db),
    SQLSTATE.integrity,
  );
  await refused(
    sql`UPDATE blocked_seats SET block_id = ${randomUUID()}`.execute(plain.db),
    SQLSTATE.integrity,
  );
  await refused(
    sql`UPDATE seat_blocks SET released_at = now() WHERE id = ${block}`.execute(plain.db),
    SQLSTATE.integrity,
  );
  expect(await plain.seatStatus(free)).toBe('blocked');
});

test('a late payment does not take back a seat that was blocked since', async () => {
  const { eventId, seat, reservation } = await plain.begin();
  await plain.turn(reservation, 'expired').execute(plain.db);
  await plain.block(eventId, seat);
  await expect(plain.turn(reservation, 'confirmed').execute(plain.db)).rejects.toMatchObject({
    code: SQLSTATE.check,
  });
  expect(await plain.seatStatus(seat)).toBe('blocked');
});

test('seats that are deleted leave their block', async () => {
  const { eventId, free } = await plain.begin();
  const before = await counts(eventId);
  await plain.block(eventId, free);
  await sql`DELETE FROM seats WHERE id = ${free}`.execute(plain.db);
  expect(await counts(eventId)).toMatchObject({
    total: before.total - 1,
    available: before.available - 1,
  });
  expect(await plain.db.selectFrom('blocked_seats').selectAll().execute()).toEqual([]);
});

test.each(['block', 'claim'])(
  'a seat that is blocked and claimed at once has the %s that came first',
  async (first) => {
    const { eventId, free } = await plain.begin();
    const blocked = (db: Db) => block(db, eventId, free);
    const claimed = (db: Db) => claim(db, eventId, { seats: [free] });
    const [one, other] = first === 'block' ? [blocked, claimed] : [claimed, blocked];
    let later: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([]);
    await plain.db.transaction().execute(async (trx) => {
      await one(trx);
      later = Promise.allSettled([other(plain.db)]);
      await untilEndedOrWaiting(plain.db, later, 1);
    });
    expect(await later).toMatchObject([{ status: 'rejected', reason: { code: SQLSTATE.check } }]);
    expect(await plain.seatStatus(free)).toBe(first === 'block' ? 'blocked' : 'locked');
  },
);

test('without the guard of the schema, a seat would be both blocked and claimed', async () => {
  const { eventId, free } = await plain.begin();
  await sql`ALTER TABLE seats DISABLE TRIGGER blocked_or_claimed`.execute(plain.db);
  await plain.block(eventId, free);
  await plain.claim(eventId, { seats: [free] });
  const { rows } = await sql`
    SELECT b.seat_id FROM blocked_seats b JOIN reservation_items i USING (seat_id) WHERE released_at IS NULL`.execute(
    plain.db,
  );
  expect(rows).toEqual([{ seat_id: free }]);
  await sql`TRUNCATE events CASCADE`.execute(plain.db);
  await sql`ALTER TABLE seats ENABLE TRIGGER blocked_or_claimed`.execute(plain.db);
});
