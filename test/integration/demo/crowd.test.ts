import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTiketiClient, createTiketiSocket } from '../../../src/client/index.ts';
import type { CrowdStatus } from '../../../src/demo/crowd/crowd.ts';
import { STAGES } from '../../../src/demo/crowd/messages.ts';
import demo from '../../../src/demo/plugin.ts';
import { openSale } from '../../../src/demo/sale.ts';
import peers from '../../../src/plugins/peers/plugin.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

const THRESHOLD = 20;
/** Buyers at ten times the speed pay within 1.8 s. Holds that they forget come back while the test looks. */
const ENV = { NODE_ENV: 'development', HOLD_SECONDS: '2', QUEUE_THRESHOLD: String(THRESHOLD) };
/** A busy machine is slower than people. */
const PATIENCE = { timeout: 40_000 };

let service: Service;
beforeAll(async () => {
  service = await startService({ env: ENV });
});
afterAll(() => service?.stop());

async function crowd(method: string, body?: object) {
  const response = await fetch(`${service.origin}/demo/crowd`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, ...((await response.json()) as { crowd: CrowdStatus }) };
}

async function seatsOf(eventId: string): Promise<Record<string, number>> {
  const rows = await service.db
    .selectFrom('seats')
    .select(({ fn }) => ['status', fn.countAll<string>().as('count')])
    .where('event_id', '=', eventId)
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

async function queueOf(eventId: string): Promise<{ currentUsers: number; queueSize: number }> {
  const { headers, url } = { headers: service.as(undefined, 'admin'), url: `/api/v1/queue/admin/${eventId}` };
  return (await service.app.inject({ url, headers })).json();
}

/** How many the service says were inside at most, after each change of the line. */
async function watchInside(eventId: string): Promise<{ most(): number; close(): void }> {
  const watcher = createTiketiSocket({ url: service.origin, token: service.token() });
  let most = 0;
  watcher.on('queue-updated', ({ currentUsers }) => {
    most = Math.max(most, currentUsers);
  });
  await watcher.joinQueue(eventId);
  return { most: () => most, close: () => watcher.close() };
}

test('a crowd stands in line and sells an event out: no seat is sold twice, and all go home at the press of a button', async () => {
  const { eventId } = await service.seedEvent({ seats: 30 });
  const inside = await watchInside(eventId);
  expect((await crowd('POST', { eventId, buyers: 200, speed: 10 })).status).toBe(201);
  let longest = 0;
  await eventually(async () => {
    longest = Math.max(longest, (await queueOf(eventId)).queueSize);
    expect(await seatsOf(eventId)).toEqual({ reserved: 30 });
  }, PATIENCE);
  expect(longest).toBeGreaterThan(20);
  expect(inside.most()).toBe(THRESHOLD);
  inside.close();

  const { crowd: gone } = await crowd('DELETE');
  expect(gone.state).toBe('gone');
  expect(STAGES.reduce((sum, stage) => sum + gone[stage], 0)).toBe(gone.arrived);
  expect(gone).toMatchObject({ waiting: 0, inside: 0, holding: 0 });
  expect(gone.bought).toBeGreaterThan(5);
  expect(await queueOf(eventId)).toMatchObject({ currentUsers: 0, queueSize: 0 });
  expect((await seatsOf(eventId)).locked).toBe(undefined);
  await expectInvariants(service.db);
});

test('speed and number change while a crowd buys the seats of the demo, and the next crowd takes its place', async () => {
  const admin = createTiketiClient({ baseUrl: service.origin, token: service.token({ role: 'admin' }) });
  const { eventId } = await openSale(admin, 1_500);
  await crowd('POST', { eventId, buyers: 200, speed: 0.25 });
  await crowd('PATCH', { buyers: 250, speed: 10 });
  await eventually(async () => expect((await crowd('GET')).crowd.bought).toBeGreaterThan(5), PATIENCE);
  expect((await crowd('GET')).crowd).toMatchObject({ buyers: 250, speed: 10, state: 'here' });
  const other = await service.seedEvent({ stock: [1] });
  const next = await crowd('POST', { eventId: other.eventId, buyers: 200, speed: 1 });
  expect(next.crowd).toMatchObject({ eventId: other.eventId, arrived: 0 });
  expect(await queueOf(eventId)).toMatchObject({ currentUsers: 0, queueSize: 0 });
  await crowd('DELETE');
});

test('a crowd has bounds', async () => {
  const { eventId } = await service.seedEvent({ stock: [1] });
  const wrong = [{ buyers: 199 }, { buyers: 5_001 }, { speed: 0.2 }, { speed: 10.5 }, { eventId: 'x' }];
  for (const each of wrong)
    expect((await crowd('POST', { eventId, buyers: 200, speed: 1, ...each })).status).toBe(400);
  expect((await crowd('PATCH', { speed: 11 })).status).toBe(400);
  const unknown = '6efd44b0-8e43-872e-84dd-08c0d5419eac';
  expect((await crowd('POST', { eventId: unknown, buyers: 200, speed: 1 })).status).toBe(404);
});

test('no crowd comes to a service in production', async () => {
  for (const playground of [true, false]) {
    const app = Fastify();
    await app.register(peers, { worker: undefined });
    const pages = { boxOffice: true, console: true, loginUrl: undefined, development: false };
    await app.register(demo, { settings: { ...pages, playground } });
    expect(app.hasRoute({ method: 'POST', url: '/demo/crowd' })).toBe(playground);
    await app.close();
  }
});

test.runIf(process.platform === 'linux')('a crowd ends with a service that is killed', async () => {
  const { eventId } = await service.seedEvent({ stock: [1_000] });
  const crowdModule = new URL('../../../src/demo/crowd/crowd.ts', import.meta.url);
  const of = JSON.stringify([service.origin, eventId, { buyers: 200, speed: 1 }]);
  const start = `import { Crowd } from '${crowdModule}'; new Crowd(...${of}, () => '${service.token()}');`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', start], { stdio: 'ignore' });
  const children = () => readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
  await eventually(async () => expect((await queueOf(eventId)).currentUsers).toBeGreaterThan(0), PATIENCE);
  const [worker] = children().split(' ');
  expect(existsSync(`/proc/${worker}`)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => expect(existsSync(`/proc/${worker}`)).toBe(false));
});
