import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportStream } from '../../../../src/admin/exports/export-stream.ts';
import { readRows } from '../../../../src/admin/exports/read-rows.ts';
import { createTiketiClient } from '../../../../src/client/index.ts';
import { sellerOf } from '../../../support/seller.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';

let service: Service;
let seller: ReturnType<typeof sellerOf>;

beforeAll(async () => {
  service = await startService();
  seller = sellerOf(service);
});
afterAll(() => service.stop());

/** The transactions that an export has open. */
async function openExports(): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    SELECT count(*) AS open FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND query LIKE 'FETCH%'`.execute(
    service.db,
  );
  return rows[0]?.open as number;
}

async function addReservations(eventId: string, count: number, bytes = 1): Promise<void> {
  const series = randomInt(100_000, 1_000_000);
  await sql`
    INSERT INTO reservations (id, reservation_number, user_id, event_id, total_amount, expires_at, status, payment_method)
    SELECT gen_random_uuid(), 'TK' || ${sql.lit(String(series))} || lpad(n::text, 6, '0'), gen_random_uuid(),
      ${eventId}::uuid, 0, now(), 'expired', repeat('x', ${bytes}::integer)
    FROM generate_series(1, ${count}::integer) AS n`.execute(service.db);
}

test('reservations are exported as CSV and NDJSON with the same columns', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 10, stock: [10], price: 1_000 });
  await sql`UPDATE ticket_types SET name = '=HYPERLINK("https://evil.example")' WHERE event_id = ${eventId}`.execute(
    service.db,
  );
  const buyer = randomUUID();
  const seats = await seller.hold(eventId, seatIds.slice(0, 3), buyer);
  const paymentId = await seller.pay(seats.id, 3_000);
  await seller.buy(eventId, ticketTypeIds[0] as string, 2, buyer);

  const csv = await seller.get(`/events/${eventId}/exports/reservations.csv`);
  expect(csv.status, csv.text).toBe(200);
  expect(csv.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="reservations.csv"',
  });
  const lines = csv.text.split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\uFEFFreservation_number,status,user_id,seats,tickets,/);
  expect(lines[1]).toContain(`${seats.reservationNumber},confirmed,${buyer},"A-1-1; A-1-2; A-1-3",,3000,`);
  expect(lines[1]).toContain(paymentId);
  expect(lines[2]).toContain(`"'=HYPERLINK(""https://evil.example"") × 2"`);

  const ndjson = await seller.get(`/events/${eventId}/exports/reservations.ndjson`);
  const rows = ndjson.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows[0]).toMatchObject({ seats: ['A-1-1', 'A-1-2', 'A-1-3'], tickets: [], refund_due_amount: 0 });
  expect(Object.keys(rows[0]).join()).toBe(lines[0]?.slice(1));
  expect(rows[1].tickets).toEqual(['=HYPERLINK("https://evil.example") × 2']);
});

test('seats are exported with whoever has them', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 10, price: 1_000 });
  const held = await seller.hold(eventId, seatIds.slice(4, 5));
  const { text } = await seller.get(`/events/${eventId}/exports/seats.ndjson`);
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(10);
  expect(rows[4]).toMatchObject({ seat_label: 'A-1-5', status: 'locked', sold_price: 1_000 });
  expect(rows[4].reservation_number).toBe(held.reservationNumber);
  expect(rows[5]).toMatchObject({ status: 'available', reservation_number: null });
  const csv = await seller.get(`/events/${eventId}/exports/seats.csv`);
  expect(csv.text.split('\r\n')).toHaveLength(12);
});

test('no more is read than the client takes', async () => {
  let read = 0;
  async function* texts() {
    const query = sql<{ text: string }>`SELECT repeat('x', 200) AS text FROM generate_series(1, 200000)`;
    for await (const rows of readRows(service.app.reportDb, query)) {
      read += rows.length;
      yield rows.map(({ text }) => `${text}\n`).join('');
    }
  }
  let taken = 0;
  let most = 0;
  for await (const chunk of exportStream(texts())) {
    taken += (chunk as Buffer).length / 201;
    most = Math.max(most, read - taken);
    if (taken > 20_000) break;
  }
  expect(most).toBeLessThan(2_000);
  await eventually(async () => expect(await openExports()).toBe(0));
});

test('an export shows one moment, while it sells', async () => {
  const { eventId } = await seller.seed({ seats: 10 });
  await addReservations(eventId, 1_200);
  const query = sql<{
    id: string;
  }>`SELECT id FROM reservations WHERE event_id = ${eventId}::uuid ORDER BY created_at, id`;
  let rows = 0;
  for await (const batch of readRows(service.app.reportDb, query)) {
    if (rows === 0) await addReservations(eventId, 300);
    rows += batch.length;
  }
  expect(rows).toBe(1_200);
});

/** 20 MB: the buffers between a client and PostgreSQL take a few. */
const MORE_THAN_BUFFERS = [5_000, 4_000] as const;

/** Opens an export, and reads nothing of it. */
async function open(eventId: string): Promise<IncomingMessage> {
  const url = `${service.origin}/api/v1/admin/events/${eventId}/exports/reservations.ndjson`;
  const request = httpGet(url, { headers: service.as(seller.organizer, 'organizer') });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

test('a second export waits until the first one is read or its client has left', async () => {
  const { eventId } = await seller.seed({ seats: 1 });
  await addReservations(eventId, ...MORE_THAN_BUFFERS);
  const first = await open(eventId);
  const refused = await seller.get(`/events/${eventId}/exports/reservations.csv`);
  expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
    503,
    'SERVICE_UNAVAILABLE',
    '5',
  ]);
  const head = await service.app.inject({
    method: 'HEAD',
    url: `/api/v1/admin/events/${eventId}/exports/reservations.csv`,
    headers: service.as(seller.organizer, 'organizer'),
  });
  expect([head.statusCode, head.body]).toEqual([200, '']);
  expect((await seller.get(`/events/${eventId}/sales`)).status).toBe(200);
  first.destroy();
  await eventually(async () => {
    expect(await openExports()).toBe(0);
    expect((await seller.get(`/events/${eventId}/exports/seats.csv`)).status).toBe(200);
  });
});

test('an export that fails midway ends without its last chunk', async () => {
  const { eventId } = await seller.seed({ seats: 1 });
  await addReservations(eventId, ...MORE_THAN_BUFFERS);
  const response = await open(eventId);
  await eventually(async () => expect(await openExports()).toBe(1));
  await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'FETCH%'`.execute(service.db);
  response.resume();
  await expect(once(response, 'end')).rejects.toThrow('aborted');
  expect(response.complete).toBe(false);
});

test('a client that pauses for too long is cut off', async () => {
  const query = sql<{ text: string }>`SELECT repeat('x', 1000) AS text FROM generate_series(1, 100000)`;
  async function* texts() {
    for await (const rows of readRows(service.app.reportDb, query))
      yield rows.map(({ text }) => text).join('');
  }
  const stream = exportStream(texts(), { pauseMs: 50 });
  const [error] = await Promise.all([once(stream, 'error'), stream.read()]);
  expect(error[0].message).toContain('too slowly');
  await eventually(async () => expect(await openExports()).toBe(0));
});

test('the SDK returns an export as a stream', async () => {
  const { eventId } = await seller.seed({ seats: 3 });
  const tiketi = createTiketiClient({
    baseUrl: service.origin,
    token: service.token({ userId: seller.organizer, role: 'organizer' }),
  });
  const text = await new Response(await tiketi.exportSeatsNdjson({ id: eventId })).text();
  expect(text.split('\n')).toHaveLength(4);
  await expect(tiketi.exportSeatsCsv({ id: randomUUID() })).rejects.toMatchObject({
    code: 'EVENT_NOT_FOUND',
  });
});
