import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { openSockets, type Sockets } from '../../support/sockets.ts';
import { openEventStream, openWebSocket } from '../../support/streams.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;
let sockets: Sockets;
beforeAll(async () => {
  service = await startService({ instances: 2 });
});
afterAll(() => service.stop());
beforeEach(() => {
  sockets = openSockets(service.token);
});
afterEach(() => expect(sockets.close()).toEqual([]));

/** A change is noticed once a second. A busy machine may take longer. */
const SOON = { timeout: 10_000 };

test('sockets and streams of every instance hear once of a changed title or status, and of nothing that stays', async () => {
  const organizer = randomUUID();
  const { eventId } = await service.seedEvent({ seats: 2, stock: [5] });
  await sql`UPDATE events SET created_by = ${organizer} WHERE id = ${eventId}`.execute(service.db);
  await service.refresh();
  const clients = await Promise.all(service.origins.map((origin) => sockets.connect(origin)));
  for (const client of clients)
    for (const join of ['join-event', 'join-queue', 'join-seat-selection'] as const)
      expect(await client.send(join, { eventId })).toMatchObject({ ok: true });
  const url = (origin: string) => `${origin}/api/v1/live/${eventId}`;
  const [stream, socket] = [
    await openEventStream(url(service.origins[1] as string)),
    await openWebSocket(url(service.origins[1] as string)),
  ];

  const change = (payload: object) =>
    ask(service.app, {
      method: 'PATCH',
      url: `/api/v1/admin/events/${eventId}`,
      headers: { ...service.as(organizer, 'organizer'), 'if-match': '*' },
      payload,
    });
  // No list shows it.
  expect((await change({ hold_seconds: 400 })).status).toBe(200);
  expect((await change({ title: '새 제목', timezone: 'Asia/Tokyo' })).status).toBe(200);
  const renamed = { eventId, title: '새 제목', timezone: 'Asia/Tokyo', status: 'on_sale' as const };
  for (const client of clients) await client.hears('event-updated', renamed, SOON.timeout);
  await eventually(
    () => expect([stream.updates, socket.updates]).toMatchObject([[renamed], [renamed]]),
    SOON,
  );

  // What an operator changes by SQL is heard as well.
  await sql`UPDATE events SET status = 'ended' WHERE id = ${eventId}`.execute(service.db);
  const ended = { ...renamed, status: 'ended' };
  for (const client of clients) await client.hears('event-updated', { status: 'ended' }, SOON.timeout);
  await eventually(() => expect(stream.updates).toMatchObject([renamed, ended]), SOON);
  for (const client of clients) expect(client.heard('event-updated')).toHaveLength(2);
  stream.close();
  socket.close();
});

test('the streams of an event end when it is a draft again, and its sockets leave its rooms', async () => {
  const { eventId } = await service.seedEvent({ stock: [5] });
  const client = await sockets.connect(service.origin);
  expect(await client.send('join-event', { eventId })).toMatchObject({ ok: true });
  const stream = await openEventStream(`${service.origin}/api/v1/live/${eventId}`);
  await sql`UPDATE events SET status = 'draft' WHERE id = ${eventId}`.execute(service.db);
  await stream.ended;
  const { rooms } = service.app.io.sockets.adapter;
  await eventually(() => expect(rooms.has(`event:${eventId}`)).toBe(false), SOON);
  expect((await fetch(`${service.origin}/api/v1/live/${eventId}`)).status).toBe(404);
});

test('the page and the lists tell the time zone of an event', async () => {
  const { eventId } = await service.seedEvent({ stock: [5], title: '도쿄 공연' });
  await sql`UPDATE events SET timezone = 'Asia/Tokyo' WHERE id = ${eventId}`.execute(service.db);
  await service.refresh();
  const page = await ask(service.app, { url: `/api/v1/events/${eventId}` });
  const list = await ask(service.app, { url: `/api/v1/events?q=${encodeURIComponent('도쿄')}` });
  expect([page.body.event.timezone, list.body.events[0].timezone]).toEqual(['Asia/Tokyo', 'Asia/Tokyo']);
});
