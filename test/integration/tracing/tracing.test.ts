import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEvent } from '../../support/events.ts';
import { freePort } from '../../support/free-port.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { launchServer } from '../../support/server-process.ts';
import { signToken } from '../../support/token.ts';
import { eventually } from '../../support/wait.ts';
import { startReceiver } from '../admin/webhooks/receiver.ts';
import { attributeOf, type Span, startCollector } from './collector.ts';

let database: TestDatabase;
let redis: TestRedis;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
});
afterAll(async () => {
  await database.drop();
  await redis.close();
});

/** Prints each module of OpenTelemetry that the process loads. prom-client always loads the API, which is without effect by itself. */
const PRINT_LOADED = [
  "import { registerHooks } from 'node:module';",
  'registerHooks({ resolve(name, context, next) {',
  "if (name.startsWith('@opentelemetry/') && name !== '@opentelemetry/api') process.stdout.write('loaded ' + name + '\\n');",
  'return next(name, context); } });',
].join('');
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(PRINT_LOADED)}`;

const launch = (env: Record<string, string>) =>
  launchServer(database.settings, redis, { REDIS_PREFIX: `test-${randomUUID()}`, LOG_LEVEL: 'info', ...env });
type Server = ReturnType<typeof launch>;

async function end(server: Server): Promise<number | null> {
  server.process.kill('SIGTERM');
  return await server.ended;
}

async function hold(
  server: Server,
  eventId: string,
  seatIds: string[],
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${await server.listening}/api/v1/seats/reserve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${signToken()}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ eventId, seatIds }),
  });
  expect(response.status).toBe(201);
}

const lines = (server: Server): Record<string, unknown>[] =>
  server
    .output()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));

test('a hold is one trace from its caller to PostgreSQL and Redis, and the log names it', async () => {
  const collector = await startCollector();
  const server = launch({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'sales-of-the-test',
    NODE_OPTIONS,
  });
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 20 });
  const traceId = randomBytes(16).toString('hex');
  const caller = randomBytes(8).toString('hex');
  await hold(server, eventId, seatIds.slice(0, 2), {
    traceparent: `00-${traceId}-${caller}-01`,
    'x-request-id': 'hold-of-the-test',
  });
  // These share batches: they arrive while another one is under way.
  await Promise.all(seatIds.slice(2).map((seatId) => hold(server, eventId, [seatId])));
  // What is left is sent at the end.
  expect(await end(server)).toBe(0);
  await collector.close();
  const { spans } = collector;

  const ofTrace = spans.filter((span) => span.traceId === traceId);
  const named = (name: RegExp) => ofTrace.find((span) => name.test(span.name)) as Span;
  const request = named(/^POST \/api\/v1\/seats\/reserve$/);
  const batch = named(/^batch holds$/);
  expect(request).toMatchObject({ parentSpanId: caller });
  expect(attributeOf(request.attributes, 'http.route')).toBe('/api/v1/seats/reserve');
  expect(attributeOf(request.attributes, 'http.response.status_code')).toBe(201);
  expect(attributeOf(request.attributes, 'tiketi.request_id')).toBe('hold-of-the-test');
  expect(batch).toMatchObject({ parentSpanId: request.spanId, links: [{ spanId: request.spanId }] });
  expect(request.links).toMatchObject([{ spanId: batch.spanId }]);
  const entry = named(/^entry$/);
  expect(entry.parentSpanId).toBe(batch.spanId);
  expect(named(/^Lua waiting-room-visit$/).parentSpanId).toBe(entry.spanId);
  const statements = ofTrace.filter(({ name }) => name === 'SQL round trip');
  expect(statements.map(({ parentSpanId }) => parentSpanId)).toEqual([batch.spanId, batch.spanId]);
  expect(attributeOf((statements[0] as Span).attributes, 'db.query.text')).toContain('lock-seats');

  const requests = spans.filter(({ name }) => name === request.name);
  const batches = spans.filter(({ name }) => name === 'batch holds');
  const linked = batches.flatMap(({ links = [] }) => links.map(({ spanId }) => spanId));
  expect(linked.sort()).toEqual(requests.map(({ spanId }) => spanId).sort());
  expect(batches.some(({ links = [] }) => links.length > 1)).toBe(true);

  expect(lines(server).filter(({ reqId }) => reqId === 'hold-of-the-test')).toMatchObject([
    { msg: 'request', trace_id: traceId, span_id: request.spanId },
  ]);
  expect([...collector.services]).toEqual(['sales-of-the-test']);
  expect(server.output()).toContain('loaded @opentelemetry/sdk-trace');
});

test('a trace goes on in the worker that decides the hold, and a webhook carries that of its delivery', async () => {
  const [collector, receiver] = await Promise.all([startCollector(), startReceiver()]);
  const server = launch({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    WEBHOOK_PRIVATE_ADDRESSES: 'true',
    WORKERS: '2',
  });
  const authorization = `Bearer ${signToken({ userId: randomUUID(), role: 'admin' })}`;
  const created = await fetch(`${await server.listening}/api/v1/admin/webhooks`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ url: receiver.url, types: ['reservation.held'] }),
  });
  expect(created.status).toBe(201);
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 160 });
  // From each batch to the requests in it.
  const links = () => {
    const bySpanId = new Map(collector.spans.map((span) => [span.spanId, span]));
    return collector.spans
      .filter(({ name }) => name === 'batch holds')
      .flatMap(({ instance, links = [] }) =>
        links.map(({ spanId }) => ({ instance, request: bySpanId.get(spanId) })),
      );
  };
  let held = 0;
  // Workers decide for themselves until they have met, and some connections lead to the owner of the event. Spans come every 5 seconds.
  await eventually(
    async () => {
      const four = seatIds.slice(held, held + 4);
      held += four.length;
      await Promise.all(four.map((seatId) => hold(server, eventId, [seatId])));
      if (!links().some(({ instance, request }) => request && instance !== request.instance))
        throw new Error('each worker decided its own requests');
    },
    { timeout: 17_000, interval: 500 },
  );
  const { headers } = await eventually(() => {
    const [message] = receiver.received;
    if (!message) throw new Error('no webhook has come');
    return message;
  });
  await end(server);
  await Promise.all([collector.close(), receiver.close()]);
  expect(links().map(({ request }) => request?.name)).toEqual(
    seatIds.slice(0, held).map(() => 'POST /api/v1/seats/reserve'),
  );

  const bySpanId = new Map(collector.spans.map((span) => [span.spanId, span]));
  const delivery = bySpanId.get(String(headers.traceparent).split('-')[2] as string);
  expect(delivery?.name).toBe('webhook reservation.held');
  expect(headers.traceparent).toBe(`00-${delivery?.traceId}-${delivery?.spanId}-01`);
  expect(attributeOf(delivery?.attributes ?? [], 'http.response.status_code')).toBe(200);
});

test('a collector that is away fails nothing, and the log says so', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = launch({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 1 });
  await hold(server, eventId, seatIds);
  expect(await end(server)).toBe(0);
  expect(server.output()).toContain('no spans are sent to the collector; it will try again');
});

test('no module of OpenTelemetry is loaded without a collector', async () => {
  const server = launch({ NODE_OPTIONS });
  const { eventId, seatIds } = await seedEvent(database.db, { seats: 1 });
  await hold(server, eventId, seatIds);
  expect(await end(server)).toBe(0);
  expect(server.output()).not.toContain('loaded ');
  expect(server.output()).not.toContain('trace_id');
});
