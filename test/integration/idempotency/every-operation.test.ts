import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { callOf } from '../../contract/calls.ts';
import { ask, tally } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { expectReplay, isReplayed, OPERATIONS, requestsTo } from './requests.ts';

let service: Service;
let requests: ReturnType<typeof requestsTo>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
  requests = requestsTo(service);
});
afterEach(() => expectInvariants(service.db));
afterAll(() => service.stop());

/** Everything that a request could change, and that time does not change. */
async function everything() {
  const rows = (
    table: 'reservations' | 'reservation_items' | 'seats' | 'ticket_types' | 'idempotency_keys',
  ) => service.db.selectFrom(table).selectAll().orderBy(sql`1, 2`).execute();
  return Promise.all([
    rows('reservations'),
    rows('reservation_items'),
    rows('seats'),
    rows('ticket_types'),
    rows('idempotency_keys'),
  ]);
}

/** Ends the connection of every transaction that stores the key, while it commits. */
async function whileCommitsDie<T>(key: string, work: () => Promise<T>): Promise<T> {
  await sql`
    CREATE OR REPLACE FUNCTION die_in_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_terminate_backend(pg_backend_pid());
      PERFORM pg_sleep(5);
      RETURN NULL;
    END $$`.execute(service.db);
  await sql`
    CREATE CONSTRAINT TRIGGER die_in_commit AFTER INSERT ON idempotency_keys DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.key = ${sql.lit(key)}) EXECUTE FUNCTION die_in_commit()`.execute(service.db);
  try {
    return await work();
  } finally {
    await sql`DROP TRIGGER die_in_commit ON idempotency_keys`.execute(service.db);
  }
}

describe.each(OPERATIONS)('%s', (operationId) => {
  test('answers a repeated key with the first answer, on any instance, and changes nothing', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const first = await requests.send(call, key);
    expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
    expect(isReplayed(first)).toBe(false);

    const before = await everything();
    // Clients compare bodies, so the language of the first answer stays.
    const inEnglish = { ...call, headers: { ...call.headers, 'accept-language': 'en' } };
    for (const [instance, sameCall] of [call, inEnglish].entries()) {
      const again = await requests.send(sameCall, key, instance);
      expectReplay(again, first);
    }
    expect(await everything()).toEqual(before);
  });

  test('refuses a key that the same user used for another request', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
    expect((await requests.send(requests.buying(randomUUID(), eventId, ticketTypeIds[0]), key)).status).toBe(
      201,
    );
    const first = await requests.send(call, key);
    expect(first.status).toBeLessThan(300);

    const other = await callOf(service, operationId);
    const before = await everything();
    const reused = await requests.send({ ...other, headers: call.headers }, key);
    expect(tally([reused])).toEqual({ '409 IDEMPOTENCY_KEY_REUSED': 1 });
    expect(await everything()).toEqual(before);
    expect((await requests.send(call, key)).body).toEqual(first.body);
  });

  test('a crash during the commit leaves neither the effect nor the key', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    const before = await everything();
    const failed = await whileCommitsDie(key, () => requests.send(call, key));
    expect(tally([failed])).toEqual({ '503 SERVICE_UNAVAILABLE': 1 });
    expect(await everything()).toEqual(before);
    await expectInvariants(service.db);

    const again = await requests.send(call, key);
    expect(again.status, JSON.stringify(again.body)).toBeLessThan(300);
    expect(isReplayed(again)).toBe(false);
  });

  test('runs again under a key that is older than a day', async () => {
    const call = await callOf(service, operationId);
    const key = randomUUID();
    await requests.send(call, key);
    const age = (hours: number) =>
      service.db
        .updateTable('idempotency_keys')
        .set({ created_at: sql`now() - make_interval(mins => ${hours * 60})` })
        .where('key', '=', key)
        .execute();
    await age(23.9);
    const kept = await requests.send(call, key);
    expect(isReplayed(kept)).toBe(true);
    await age(24.1);
    const fresh = await requests.send(call, key);
    expect(isReplayed(fresh)).toBe(false);
    const again = await requests.send(call, key);
    expectReplay(again, fresh);
  });

  test.each([
    ['empty', ''],
    ['blank', '   '],
    ['256 characters', 'x'.repeat(256)],
    ['Korean', '열쇠'],
    ['a tab', 'a\tb'],
  ])('refuses a malformed key: %s', async (_what, key) => {
    const call = await callOf(service, operationId);
    const header = {
      'content-type': 'application/json',
      'idempotency-key': Buffer.from(key).toString('latin1'),
    };
    const answer = await ask(service.origin, { ...call, headers: { ...call.headers, ...header } });
    expect(tally([answer])).toEqual({ '400 VALIDATION_FAILED': 1 });
    expect(answer.body.details[0].path).toBe('headers/idempotency-key');
  });

  test('accepts a key of 255 printable characters', async () => {
    const call = await callOf(service, operationId);
    const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => index + 33));
    const { status } = await requests.send(call, printable.repeat(3).slice(0, 255));
    expect(status).toBeLessThan(300);
  });
});
