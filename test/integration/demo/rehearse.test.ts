import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectInvariants } from '../../support/invariants.ts';
import { SECRET, type Service, startService } from '../../support/service.ts';

const COMMAND = join(import.meta.dirname, '../../../src/cli/rehearse.ts');
/** Three processes start, and on a busy machine people are slower. */
const PATIENCE = 60_000;
const FAST = ['--users', '50', '--arrive-within', '0.5', '--speed', '20'];

let service: Service;
beforeAll(async () => {
  service = await startService({ env: { HOLD_SECONDS: '1', QUEUE_THRESHOLD: '10' } });
});
afterAll(() => service?.stop());

async function rehearse(eventId: string, ...more: string[]) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(
    process.execPath,
    [COMMAND, '--url', service.origin, '--event', eventId, ...FAST, ...more],
    { env: { PATH, NODE_COMPILE_CACHE, JWT_SECRET: SECRET } },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

test('50 buyers of two processes sell an event out behind its line, and a sale that holds ends with 0', {
  timeout: PATIENCE,
}, async () => {
  const { eventId } = await service.seedEvent({ title: '[리허설] 봄의 노래', seats: 10 });
  const { stdout, stderr, code } = await rehearse(eventId, '--processes', '2', '--within', '10000');
  expect({ stdout, stderr, code }).toMatchObject({ stderr: '', code: 0 });
  expect(stdout).toMatch(/^sold .* of 10 places.*sold out after [\d.]+ s$/m);
  expect(stdout).toMatch(/^let in +([4-9]\d|\d{3})$/m);
  expect(stdout).toMatch(/^overtaken +none seen$/m);
  expect(stdout).toMatch(/^POST \/api\/v1\/reservations\/\{id\}\/confirm +\d+ +[\d.]+ +[\d.]+$/m);
  expect(stdout).toContain('It held.');
  const sold = await service.db
    .selectFrom('seats')
    .select('status')
    .where('event_id', '=', eventId)
    .where('status', '=', 'reserved')
    .execute();
  // Some cancel what they bought, perhaps after all others have gone.
  expect(sold.length).toBeGreaterThan(0);
  expect(stdout).toMatch(new RegExp(`^sold +${sold.length} of 10 places`, 'm'));
  await expectInvariants(service.db);
});

test('a broken promise, here that of the time, ends with 1', { timeout: PATIENCE }, async () => {
  const { eventId } = await service.seedEvent({ title: '[Rehearsal] Spring', stock: [20] });
  const { stdout, code } = await rehearse(eventId, '--within', '0.01');
  expect(code).toBe(1);
  expect(stdout).toContain('It did NOT hold:');
  expect(stdout).toMatch(/POST \/api\/v1\/reservations took more than 0.01 ms \(p99\)/);
});

test('an event without the mark is refused before any request that changes something', {
  timeout: PATIENCE,
}, async () => {
  const { eventId } = await service.seedEvent({ title: '봄의 노래 [리허설]', seats: 10 });
  const asked: string[] = [];
  const listen = ({ method, url }: IncomingMessage) => asked.push(`${method} ${url}`);
  service.app.server.on('request', listen);
  const { stderr, code } = await rehearse(eventId);
  service.app.server.off('request', listen);
  expect(stderr).toContain('title begins with [리허설] or [Rehearsal]');
  expect(code).toBe(2);
  expect(asked).toEqual([`GET /api/v1/events/${eventId}`]);
});
