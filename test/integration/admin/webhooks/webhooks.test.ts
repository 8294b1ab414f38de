import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { expectMessage, subscribe } from '../outbox/subscriptions.ts';
import { type Received, startReceiver } from './receiver.ts';

let service: Service;
const receivers: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  const env = { WEBHOOK_PRIVATE_ADDRESSES: 'true', WEBHOOK_TIMEOUT_SECONDS: '5' };
  service = await startService({ instances: 2, env });
});
afterEach(async () => {
  await service.db.deleteFrom('webhooks').execute();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});
afterAll(() => service.stop());

async function receive(...[answer]: Parameters<typeof startReceiver>) {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

const SECRET = `whsec_${Buffer.from('a secret of this test, 32 bytes!').toString('base64')}`;
const hook = (url: string) => subscribe(service.db, ['event.changed'], { url, secret: SECRET });

/** Writes what a trigger would write. @returns the entity, whose messages keep their order */
async function happen(count = 1, entity = randomUUID()): Promise<string> {
  for (let n = 1; n <= count; n++)
    await sql`INSERT INTO outbox (type, event_id, entity_id, data)
      VALUES ('event.changed', ${entity}, ${entity}, ${JSON.stringify({ entity, n })}::jsonb)`.execute(
      service.db,
    );
  return entity;
}

const dueNow = () =>
  sql`UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending'`.execute(service.db);
const retryNow = async () => {
  await dueNow();
  await sql`UPDATE webhooks SET retry_at = NULL`.execute(service.db);
};

async function deliveries(webhookId: string) {
  return await service.db
    .selectFrom('webhook_deliveries')
    .select([
      'id',
      'status',
      'attempts',
      'response_status',
      'response_body',
      'error',
      'duration_ms',
      'next_attempt_at',
      'created_at',
    ])
    .where('webhook_id', '=', webhookId)
    .orderBy('position')
    .execute();
}

const numbers = (received: Received[], entity: string) =>
  received.filter(({ data }) => data.entity === entity).map(({ data }) => data.n);

const admin = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object, headers = {}) =>
  service.app.inject({
    method,
    url: `/api/v1/admin/webhooks${path}`,
    headers: { ...service.as(undefined, 'admin'), ...headers },
    ...(payload && { payload }),
  });

test('a webhook is created over HTTP, gets what happens, and its signature is that of Standard Webhooks', async () => {
  const { url, received } = await receive();
  const created = await admin('POST', '', { url, types: ['reservation.confirmed'] });
  expect(created.statusCode, created.body).toBe(201);
  const { webhook, secret } = created.json();
  const { eventId, ticketTypeIds } = await service.seedEvent({ stock: [5] });
  const post = (path: string, headers: Record<string, string>, payload: object) =>
    service.app.inject({ method: 'POST', url: path, headers, payload });
  const items = [{ ticketTypeId: ticketTypeIds[0], quantity: 2 }];
  const bought = await post('/api/v1/reservations', service.as(), { eventId, items });
  const { id } = bought.json().reservation;
  const payment = { paymentId: `pay_${id}`, paymentMethod: 'card', amount: 100_000 };
  await post(`/api/v1/reservations/${id}/confirm`, service.as(undefined, 'service'), payment);
  const [message] = await eventually(() => {
    expect(received).toHaveLength(1);
    return received as [Received];
  });
  const verified = new Webhook(secret).verify(message.body, message.headers as Record<string, string>);
  expect(verified).toMatchObject({
    type: 'reservation.confirmed',
    data: { reservation: { id, status: 'confirmed' } },
  });
  expectMessage(verified as never);
  expect(() => new Webhook(SECRET).verify(message.body, message.headers as never)).toThrow();
  const log = await eventually(async () => {
    const page = (await admin('GET', `/${webhook.id}/deliveries`)).json();
    expect(page.deliveries).toMatchObject([
      { status: 'delivered', attempts: 1, response_status: 200, next_attempt_at: null },
    ]);
    return page;
  });
  expect(log.deliveries[0].message_id).toBe(message.id);
  expect(JSON.stringify((await admin('GET', `/${webhook.id}`)).json())).not.toContain('whsec');
  const audited = await service.db
    .selectFrom('audit_log')
    .selectAll()
    .where('entity_id', '=', webhook.id)
    .execute();
  expect(audited.map(({ action }) => action)).toEqual(['webhook.create']);
  expect(JSON.stringify(audited)).not.toContain(secret.slice(6));
});

test('messages of one reservation come in order, also after failures and with two instances', async () => {
  const failed = new Set<string>();
  const { url, received } = await receive(({ id }) => {
    if (failed.has(id)) return 200;
    failed.add(id);
    return 500;
  });
  const id = await hook(url);
  const [one, other] = [await happen(4), await happen(4)];
  await eventually(
    async () => {
      await retryNow();
      expect((await deliveries(id)).map(({ status }) => status)).toEqual(Array(8).fill('delivered'));
    },
    { timeout: 10_000 },
  );
  for (const entity of [one, other]) expect([...new Set(numbers(received, entity))]).toEqual([1, 2, 3, 4]);
  for (const entity of [one, other]) expect(numbers(received, entity)).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  expect(new Set(received.map((message) => message.id)).size).toBe(8);
});

test('a delivery of an instance that was killed is taken over when its lease ends, with the same id', async () => {
  const { url, received } = await receive();
  const id = await hook(url);
  await service.db
    .updateTable('webhooks')
    .set({ retry_at: new Date(Date.now() + 60_000) })
    .where('id', '=', id)
    .execute();
  await happen(2);
  await eventually(async () => expect(await deliveries(id)).toHaveLength(2));
  // As an instance leaves it behind that was killed while it sent.
  await sql`UPDATE webhook_deliveries SET lease = gen_random_uuid(), leased_until = now() + interval '1 minute', attempts = 1
    WHERE id = ${(await deliveries(id))[0]?.id}`.execute(service.db);
  await retryNow();
  await happen();
  await eventually(() => expect(received).toHaveLength(1));
  expect(received[0]?.data.n).toBe(1);
  await eventually(async () =>
    expect((await deliveries(id)).map(({ status }) => status)).toEqual(['pending', 'pending', 'delivered']),
  );
  await sql`UPDATE webhook_deliveries SET leased_until = now() WHERE lease IS NOT NULL`.execute(service.db);
  await eventually(() => expect(received.map(({ data }) => data.n)).toEqual([1, 1, 2]));
});

test('a slow address and a dead one hold up neither others nor the requests', async () => {
  const slow = await receive(() => 'nothing');
  const quick = await receive();
  const dead = await startReceiver();
  await dead.close();
  for (const url of [slow.url, dead.url, quick.url]) await hook(url);
  await Promise.all(Array.from({ length: 30 }, () => happen()));
  await eventually(() => expect(quick.received).toHaveLength(30), { timeout: 4_000 });
  // Eight at once from each instance, and after the first failure one at a time.
  expect(slow.received.length).toBeLessThanOrEqual(16);
  expect((await service.app.inject('/health/ready')).statusCode).toBe(200);
});

test('an address that refuses everything is not asked to refuse all of a rush', async () => {
  const { url, received } = await receive(() => 404);
  const id = await hook(url);
  await Promise.all(Array.from({ length: 60 }, () => happen()));
  const waiting = async () => {
    const query = service.db.selectFrom('webhooks').select(['failures', 'retry_at']).where('id', '=', id);
    const { failures, retry_at } = await query.executeTakeFirstOrThrow();
    return failures >= 8 && Date.parse(retry_at ?? '') > Date.now() + 1_000;
  };
  await eventually(async () => expect(await waiting()).toBe(true));
  await eventually(async () => {
    const found = await deliveries(id);
    expect(found).toHaveLength(60);
    expect(
      found.filter(({ error, attempts, response_status }) => attempts > 0 && !error && !response_status),
    ).toEqual([]);
  });
  // Eight at once from each instance, and what was taken before the first failures were noted.
  expect(received.length).toBeLessThanOrEqual(32);
});

test('a message is parked after a day, and the next one of its reservation goes on', async () => {
  const { url, received } = await receive(({ data }) => (data.n === 1 ? 400 : 200));
  const id = await hook(url);
  await happen(2);
  await eventually(async () =>
    expect((await deliveries(id))[0]).toMatchObject({ attempts: 1, response_status: 400 }),
  );
  const [first] = await deliveries(id);
  const pause = Date.parse(first?.next_attempt_at ?? '') - Date.now();
  expect(pause).toBeGreaterThan(2_000);
  expect(pause).toBeLessThanOrEqual(6_000);
  await sql`UPDATE webhook_deliveries SET first_attempt_at = now() - interval '25 hours' WHERE id = ${first?.id}`.execute(
    service.db,
  );
  await dueNow();
  await eventually(async () =>
    expect((await deliveries(id)).map(({ status }) => status)).toEqual(['parked', 'delivered']),
  );
  expect(received.map(({ data }) => data.n)).toEqual([1, 1, 2]);
  // By hand, with the same id.
  const again = await admin('POST', `/${id}/deliveries/${first?.id}/redeliver`);
  expect(again.statusCode, again.body).toBe(200);
  await eventually(() => expect(received).toHaveLength(4));
  expect(received[3]?.id).toBe(received[0]?.id);
});

test('a webhook is disabled by a 410, or by a day of failures, and goes on when it is enabled again', async () => {
  let status = 410;
  const { url, received } = await receive(() => status);
  const id = await hook(url);
  await happen();
  const shown = async () => (await admin('GET', `/${id}`)).json().webhook;
  await eventually(async () =>
    expect(await shown()).toMatchObject({ enabled: false, disabled_because: 'gone' }),
  );
  const { rows } = await sql`SELECT FROM outbox_wanted WHERE type = 'event.changed'`.execute(service.db);
  expect(rows).toEqual([]);
  status = 500;
  const enable = async () => {
    const { headers } = await admin('GET', `/${id}`);
    const answer = await admin('PATCH', `/${id}`, { enabled: true }, { 'if-match': headers.etag });
    expect(answer.statusCode, answer.body).toBe(200);
    await dueNow();
  };
  await enable();
  await eventually(() => expect(received).toHaveLength(2));
  await sql`UPDATE webhooks SET failing_since = now() - interval '25 hours' WHERE id = ${id}`.execute(
    service.db,
  );
  await eventually(async () => {
    await retryNow();
    expect(await shown()).toMatchObject({ enabled: false, disabled_because: 'failing' });
  });
  status = 200;
  await enable();
  await eventually(async () => expect((await deliveries(id))[0]?.status).toBe('delivered'));
});

test('a rotated secret signs beside the former one for a day, then alone', async () => {
  const { url, received } = await receive();
  const id = await hook(url);
  const { secret } = (await admin('POST', `/${id}/rotate-secret`)).json();
  const verify = (key: string, message: Received) =>
    new Webhook(key).verify(message.body, message.headers as Record<string, string>);
  const tested = await admin('POST', `/${id}/test`);
  expect(tested.json()).toMatchObject({ delivered: true, response_status: 200, error: null });
  // A retry gets the answer that was kept, and sends nothing.
  const key = { 'idempotency-key': randomUUID(), ...service.as(undefined, 'admin') };
  const [first, retry] = [
    await admin('POST', `/${id}/test`, undefined, key),
    await admin('POST', `/${id}/test`, undefined, key),
  ];
  expect(retry.json()).toEqual(first.json());
  expect(received.splice(1)).toHaveLength(1);
  for (const key of [SECRET, secret])
    expect(verify(key, received[0] as Received)).toMatchObject({ type: 'webhook.test' });
  await sql`UPDATE webhooks SET former_secret_until = now()`.execute(service.db);
  await admin('POST', `/${id}/test`);
  expect(verify(secret, received[1] as Received)).toMatchObject({ type: 'webhook.test' });
  expect(() => verify(SECRET, received[1] as Received)).toThrow();
});

test('redirects are not followed, and 1 KB of an answer is kept', async () => {
  const inner = await receive();
  const body = `\0${'가'.repeat(5_000)}`;
  const { url } = await receive(() => ({ status: 302, headers: { location: inner.url }, body }));
  const id = await hook(url);
  const answer = (await admin('POST', `/${id}/test`)).json();
  expect(answer).toMatchObject({ delivered: false, response_status: 302 });
  expect(answer.response_body.startsWith('\uFFFD가')).toBe(true);
  expect(answer.response_body.length).toBeLessThan(400);
  await happen();
  await eventually(async () =>
    expect((await deliveries(id))[0]).toMatchObject({ response_status: 302, status: 'pending' }),
  );
  expect(inner.received).toEqual([]);
});

test('an organizer sees their own webhooks alone, and gets their own events alone', async () => {
  const organizer = randomUUID();
  const headers = service.as(organizer, 'organizer');
  const { url, received } = await receive();
  const created = await admin('POST', '', { url, types: ['event.changed'] }, headers);
  const { webhook } = created.json();
  expect(
    (await admin('GET', `/${webhook.id}`, undefined, service.as(undefined, 'organizer'))).statusCode,
  ).toBe(404);
  const [own, foreign] = [await service.seedEvent(), await service.seedEvent()];
  await service.db
    .updateTable('events')
    .set({ created_by: organizer })
    .where('id', '=', own.eventId)
    .execute();
  for (const { eventId } of [foreign, own])
    await service.db.updateTable('events').set({ title: '새 이름' }).where('id', '=', eventId).execute();
  await eventually(() => expect(received).toHaveLength(1));
  expect(received[0]?.data).toMatchObject({ event: { id: own.eventId } });
  expect((await admin('GET', '', undefined, headers)).json().webhooks).toHaveLength(1);
});

test('a user has at most 20, also when they are created at once', async () => {
  const headers = service.as(randomUUID(), 'organizer');
  const create = () => admin('POST', '', { types: ['event.changed'] }, headers);
  const answers = await Promise.all(Array.from({ length: 24 }, create));
  const statuses = answers.map(({ statusCode }) => statusCode);
  expect(statuses.filter((status) => status === 201)).toHaveLength(20);
  expect(statuses.filter((status) => status === 422 || status === 409)).toHaveLength(4);
});

test('the metrics tell what is pending, how old it is, and what failed', async () => {
  const { url } = await receive(() => 500);
  await hook(url);
  const figures = async () => {
    const text = await service.app.metrics.text();
    return (name: string) => Number(text.match(new RegExp(`^${name} (.+)$`, 'm'))?.[1]);
  };
  const before = (await figures())('tiketi_webhook_attempts_total{outcome="failed"}') || 0;
  await happen(3);
  await eventually(async () => {
    const figure = await figures();
    expect(figure('tiketi_webhook_deliveries{status="pending"}')).toBe(3);
    expect(figure('tiketi_outbox_unpublished')).toBe(0);
    expect(figure('tiketi_outbox_lag_seconds')).toBeGreaterThan(0);
    expect(figure('tiketi_webhook_attempts_total{outcome="failed"}') || 0).toBeGreaterThanOrEqual(before);
  });
});
