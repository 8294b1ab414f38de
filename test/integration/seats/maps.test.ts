import { randomUUID } from 'node:crypto';
import { brotliDecompressSync, crc32, gunzipSync } from 'node:zlib';
import { array, asyncProperty, assert as holds, integer, property, uint8Array } from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { EventChanges, LiveEvent } from '../../../src/live/types.ts';
import { joinCrc } from '../../../src/seats/maps/crc32.ts';
import { Hall } from '../../../src/seats/maps/hall.ts';
import { join, joinGzip, Piece } from '../../../src/seats/maps/pieces.ts';
import { SeatMap } from '../../../src/seats/maps/seat-map.ts';
import { StatusText } from '../../../src/seats/maps/status-text.ts';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
let api: ReturnType<typeof apiOf>;

beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000', LARGE_ANSWERS_MB_PER_SECOND: '1' } });
  api = apiOf(service);
});
afterAll(() => service.stop());

interface Seat {
  id: string;
  status: 'available' | 'locked' | 'reserved';
}

/** The map as the reference writes it, read from PostgreSQL. */
async function referenceMap(eventId: string): Promise<string> {
  const { rows } = await sql<{ id: string; title: string; layout_config: { sections: Section[] } }>`
    SELECT e.id, e.title, l.layout_config FROM events e JOIN seat_layouts l ON l.id = e.seat_layout_id
    WHERE e.id = ${eventId}`.execute(service.db);
  const [
    {
      id,
      title,
      layout_config: { sections },
    },
  ] = rows as [(typeof rows)[number]];
  const seats = await service.db
    .selectFrom('seats')
    .select(['id', 'section', 'row_number', 'seat_number', 'seat_label', 'price', 'status'])
    .where('event_id', '=', eventId)
    .orderBy('section')
    .orderBy('row_number')
    .orderBy('seat_number')
    .orderBy('id')
    .execute();
  const layout = {
    rows: sections.reduce((sum, { rows: each }) => sum + each, 0),
    cols: Math.max(...sections.map(({ seatsPerRow }) => seatsPerRow)),
    sections,
  };
  return JSON.stringify({ event: { id, title }, layout, seats });
}
interface Section {
  rows: number;
  seatsPerRow: number;
}

function codesIn({ statuses, count }: { statuses: string; count: number }): number[] {
  const bytes = Buffer.from(statuses, 'base64');
  return Array.from(
    { length: count },
    (_, seat) => ((bytes[seat >> 2] as number) >> (6 - 2 * (seat & 3))) & 3,
  );
}

describe('the reference’s map', () => {
  test('is byte for byte the reference’s, in every coding, as a sale changes it', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 1_234, title: '〈난타〉 "앙코르"' });
    for (let round = 0; round < 5; round++) {
      const userId = randomUUID();
      const held = [7, 300, 1_200].map((at) => seatIds[at + 5 * round] as string);
      const { body } = await api.reserve(eventId, held, userId);
      if (round % 2 === 1) await api.cancel(body.reservation.id, userId);
      const expected = await referenceMap(eventId);
      const url = `/api/v1/seats/events/${eventId}`;
      const gzip = await service.app.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
      expect(gzip.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(gzip.rawPayload).toString()).toBe(expected);
      const identity = await service.app.inject({ url });
      expect(identity.headers).not.toHaveProperty('content-encoding');
      expect(identity.body).toBe(expected);
      expect(identity.headers.etag).toBe(gzip.headers.etag);
    }
  });

  test('is understood by a client that decodes gzip itself', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 500 });
    await api.reserve(eventId, seatIds.slice(0, 2));
    const answer = await fetch(`${service.origin}/api/v1/seats/events/${eventId}`);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toBe(await referenceMap(eventId));
  });

  test('of a hall without seats has none, and one below 1 KB is not compressed', async () => {
    for (const seats of [0, 2]) {
      const { eventId } = await service.seedEvent({ seats: 2 });
      if (seats === 0) await service.db.deleteFrom('seats').where('event_id', '=', eventId).execute();
      const answer = await api.get(`/seats/events/${eventId}`, { 'accept-encoding': 'gzip' });
      expect(answer.headers).not.toHaveProperty('content-encoding');
      expect(answer.body.seats).toHaveLength(seats);
    }
  });

  test('shows a change to its maker in the very next answer, over HTTP, compressed too', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 300 });
    const at = `${service.origin}/api/v1`;
    const post = async (path: string, headers: Record<string, string>, body?: object) => {
      const answer = await fetch(`${at}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as { reservation: { id: string; totalAmount: number } };
    };
    const statusOf = async (seatId: string, headers: Record<string, string>) => {
      const map = await fetch(`${at}/seats/events/${eventId}`, { headers });
      const { seats } = (await map.json()) as { seats: Seat[] };
      return seats.find(({ id }) => id === seatId)?.status;
    };
    const headersOf = [{ 'accept-encoding': 'gzip' }, { 'accept-encoding': 'identity' }];
    for (const [round, seatId] of seatIds.slice(0, 20).entries()) {
      const user = service.as();
      const headers = headersOf[round % 2] as Record<string, string>;
      const { reservation } = await post('/seats/reserve', user, { eventId, seatIds: [seatId] });
      expect(await statusOf(seatId, headers)).toBe('locked');
      if (round % 3 === 0) {
        const payment = { paymentId: randomUUID(), paymentMethod: 'card', amount: reservation.totalAmount };
        await post(`/reservations/${reservation.id}/confirm`, service.as(undefined, 'service'), payment);
        expect(await statusOf(seatId, headers)).toBe('reserved');
      } else {
        await post(`/reservations/${reservation.id}/cancel`, user);
        expect(await statusOf(seatId, headers)).toBe('available');
      }
    }
  });

  test('shows a change at once to its maker, who is known by the token at any address', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 300 });
    const headers = service.as();
    for (const [round, seatId] of seatIds.slice(0, 4).entries()) {
      const from = (remoteAddress: string) => ({ headers, remoteAddress });
      await service.app.inject({
        ...from(`192.0.2.${round}`),
        method: 'POST',
        url: '/api/v1/seats/reserve',
        payload: { eventId, seatIds: [seatId] },
      });
      const map = await service.app.inject({ ...from('192.0.2.99'), url: `/api/v1/seats/events/${eventId}` });
      expect(map.json().seats.find(({ id }: Seat) => id === seatId).status).toBe('locked');
    }
  });

  test('of a large hall is made every 25 ms for those who change it all the time, and shows what they did', async () => {
    const statuses = new Uint8Array(30_000);
    const column = Array.from(statuses, (_, index) => index);
    const columns = {
      ids: column,
      sections: column,
      rows: column,
      numbers: column,
      labels: column,
      prices: column,
    };
    const layout = { number: 2, ...columns };
    const event = { eventId: 'e', version: 1, layout, statuses } as unknown as LiveEvent & {
      version: number;
    };
    const hall = new Hall({ event: { id: 'e', title: '' }, layout: { rows: 1, cols: 1, sections: [] } });
    const map = new SeatMap(event);
    await map.answer(hall, performance.now());
    const tags = new Set<string>();
    const started = performance.now();
    while (performance.now() - started < 150) {
      statuses[event.version] = 1;
      const version = ++event.version;
      const { etag } = await map.answer(hall, performance.now());
      expect(Number(/v(\d+)/.exec(etag)?.[1])).toBeGreaterThanOrEqual(version);
      tags.add(etag);
    }
    expect(tags.size).toBeGreaterThan(0);
    expect(tags.size).toBeLessThanOrEqual((performance.now() - started) / 25 + 1);
  });

  test('is made at most every 50 ms for those who changed nothing', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 100 });
    const reader = async () =>
      (await service.app.inject({ url: `/api/v1/seats/events/${eventId}`, remoteAddress: '192.0.2.7' }))
        .headers.etag;
    await reader();
    const started = performance.now();
    const tags = new Set<unknown>();
    for (const seatId of seatIds.slice(0, 30)) {
      await api.reserve(eventId, [seatId]);
      tags.add(await reader());
    }
    const expected = await api.get(`/seats/events/${eventId}`);
    expect(tags.size).toBeLessThanOrEqual(2 + (performance.now() - started) / 50);
    await expect.poll(reader).toBe(expected.headers.etag);
  });

  test('shows a new title within 5 seconds, under another tag', async () => {
    const { eventId } = await service.seedEvent({ seats: 2 });
    const { headers } = await api.get(`/seats/events/${eventId}`);
    await service.db.updateTable('events').set({ title: '새 제목' }).where('id', '=', eventId).execute();
    const title = async () => (await api.get(`/seats/events/${eventId}`)).body.event.title;
    await expect.poll(title, { timeout: 5_000 }).toBe('새 제목');
    expect((await api.get(`/seats/events/${eventId}`)).headers.etag).not.toBe(headers.etag);
  });
});

describe('layout, status and changes', () => {
  test('say together what the map says', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 700, stock: [10] });
    await api.reserve(eventId, seatIds.slice(3, 5));
    const layout = (await api.get(`/seats/events/${eventId}/layout`)).body;
    const status = (await api.get(`/seats/events/${eventId}/status`)).body;
    const { seats } = (await api.get(`/seats/events/${eventId}`)).body;
    expect(status).toMatchObject({ eventId, layout: layout.layout, count: 700 });
    const codes = codesIn(status);
    const together = codes.map((code, seat) => ({
      id: layout.ids[seat],
      section: layout.sections[seat],
      row_number: layout.rows[seat],
      seat_number: layout.numbers[seat],
      seat_label: layout.labels[seat],
      price: layout.prices[seat],
      status: ['available', 'locked', 'reserved'][code],
    }));
    expect(together).toEqual(seats);
  });

  test('lead from any version to the current one', async () => {
    const { eventId, seatIds, ticketTypeIds } = await service.seedEvent({ seats: 60, stock: [10] });
    const read = async () => (await api.get(`/seats/events/${eventId}/status`)).body;
    const known = [await read()];
    for (const [index, seatId] of seatIds.slice(0, 12).entries()) {
      const userId = randomUUID();
      const { body } = await api.reserve(eventId, [seatId], userId);
      if (index % 3 === 0) await api.cancel(body.reservation.id, userId);
      if (index % 4 === 0) await api.buy(eventId, [{ ticketTypeId: ticketTypeIds[0], quantity: 1 }]);
      known.push(await read());
    }
    const last = known.at(-1);
    for (const { version, ...status } of known) {
      const { body } = await api.get(`/seats/events/${eventId}/changes?since=${version}`);
      expect(body).toMatchObject({ eventId, from: version, version: last.version, layout: last.layout });
      const codes = codesIn(status);
      for (const [seat, code] of (body as EventChanges).seats) codes[seat] = code;
      expect(codes).toEqual(codesIn(last));
    }
    const { body } = await api.get(`/seats/events/${eventId}/changes?since=${known[0].version}`);
    expect(body.stock).toEqual([{ ticketTypeId: ticketTypeIds[0], availableQuantity: 7, totalQuantity: 10 }]);
  });

  test('are a 304 until something changes', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 100 });
    const urls = ['', '/layout', '/status', '/changes?since=2'].map(
      (path) => `/seats/events/${eventId}${path}`,
    );
    const tags = await Promise.all(urls.map(async (url) => String((await api.get(url)).headers.etag)));
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
    const again = () =>
      Promise.all(
        urls.map(async (url, at) => (await api.get(url, { 'if-none-match': tags[at] as string })).status),
      );
    expect(await again()).toEqual([304, 304, 304, 304]);
    await api.reserve(eventId, seatIds.slice(0, 1));
    expect(await again()).toEqual([200, 304, 200, 200]);
  });

  test('of a large hall are compressed', async () => {
    const { eventId } = await service.seedEvent({ seats: 5_000 });
    const get = (path: string) =>
      service.app.inject({
        url: `/api/v1/seats/events/${eventId}/${path}`,
        headers: { 'accept-encoding': 'br' },
      });
    const [layout, status] = [await get('layout'), await get('status')];
    expect(layout.rawPayload.length).toBeLessThan(110_000);
    expect(status.rawPayload.length).toBeLessThan(1_200);
    expect(JSON.parse(String(brotliDecompressSync(layout.rawPayload))).ids).toHaveLength(5_000);
  });

  test('of seats that are added or removed belong to another layout', async () => {
    const { eventId, seatIds } = await service.seedEvent({ seats: 10 });
    const before = (await api.get(`/seats/events/${eventId}/status`)).body;
    await service.db
      .deleteFrom('seats')
      .where('id', '=', seatIds[0] as string)
      .execute();
    const read = async () => (await api.get(`/seats/events/${eventId}/status`)).body.count;
    await expect.poll(read).toBe(9);
    const gone = await api.get(`/seats/events/${eventId}/changes?since=${before.version}`);
    expect([gone.status, gone.body.code]).toEqual([410, 'CHANGES_GONE']);
    const layout = (await api.get(`/seats/events/${eventId}/layout`)).body;
    expect(layout.ids).toHaveLength(9);
    expect(layout.layout).toBeGreaterThan(before.layout);
    expect((await api.get(`/seats/events/${eventId}`)).body.seats).toHaveLength(9);
  });
});

test('no sale makes a map, a status or a layout read from PostgreSQL', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 200 });
  const urls = ['', '/layout', '/status'].map((path) => `/seats/events/${eventId}${path}`);
  for (const url of urls) await api.get(url);
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const etags = new Set<unknown>();
    for (const seatId of seatIds.slice(0, 10)) {
      await api.reserve(eventId, [seatId]);
      spy.mockClear();
      for (const url of urls) etags.add((await api.get(url)).headers.etag);
      // Once a second, the versions of events in memory are compared.
      const texts = spy.mock.calls.map(([query]) => JSON.stringify(query));
      expect(texts.filter((text) => /\b(seats|ticket_types|events|event_changes)\b/.test(text))).toEqual([]);
    }
    // The map and the status were new each time, and the layout never.
    expect(etags.size).toBe(10 + 10 + 1);
  } finally {
    spy.mockRestore();
  }
});

test('large maps of one address are limited', async () => {
  const { eventId } = await service.seedEvent({ seats: 5_000 });
  const ask = () =>
    service.app.inject({ url: `/api/v1/seats/events/${eventId}`, remoteAddress: '192.0.2.8' });
  await ask();
  const begun = performance.now();
  const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await ask()).statusCode));
  expect(statuses).toContain(429);
  // Two in each window of a second: in two windows, or more on a busy machine.
  const windows = 2 + Math.floor((performance.now() - begun) / 1_000);
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(2 * windows);
});

test('pieces that are deflated apart are one gzip file', async () => {
  await holds(
    asyncProperty(array(uint8Array({ maxLength: 2_000 }), { maxLength: 20 }), async (texts) => {
      const pieces = texts.map((text) => new Piece(Buffer.from(text).toString('latin1')));
      expect(gunzipSync(await joinGzip(pieces)).equals(await join(pieces))).toBe(true);
    }),
    { numRuns: 50 },
  );
  await holds(
    property(uint8Array(), uint8Array(), (a, b) => {
      expect(joinCrc(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
  );
});

test('the text of the statuses equals the map after any changes', async () => {
  const change = array(integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 2 });
  await holds(
    property(
      integer({ min: 1, max: 200 }),
      array(array(change, { maxLength: 9 }), { maxLength: 20 }),
      (count, steps) => {
        const statuses = new Uint8Array(count);
        const layout = { number: 3, ids: Array.from({ length: count }, String) };
        const event = { eventId: 'e', version: 1, layout, statuses } as unknown as LiveEvent & {
          version: number;
        };
        const text = new StatusText(event);
        for (const seats of steps) {
          const changed = seats.map(
            ([seat = 0, code = 0]) => [seat % count, code % 4] as [number, 0 | 1 | 2 | 3],
          );
          for (const [seat, code] of changed) statuses[seat] = code;
          event.version++;
          text.apply({
            eventId: 'e',
            from: event.version - 1,
            version: event.version,
            layout: 3,
            seats: changed,
            stock: [],
          });
          expect(text.isOf(event)).toBe(true);
          const body = JSON.parse(String(text.answer(event).identity.bytes));
          expect(body).toMatchObject({ version: event.version, layout: 3, count });
          expect(codesIn(body)).toEqual([...statuses]);
          expect(body.statuses).toHaveLength(4 * Math.ceil(Math.ceil(count / 4) / 3));
        }
      },
    ),
  );
});
