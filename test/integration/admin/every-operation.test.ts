import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routes } from '../../../src/contract/routes.ts';
import type { Role } from '../../../src/plugins/auth.ts';
import type { OperationId } from '../../contract/answers.ts';
import type { Call } from '../../contract/call.ts';
import { callOf } from '../../contract/calls.ts';
import { answerOf } from '../../support/inject.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { SWEEP_INTERVAL_MS: '60000' } });
});
afterAll(() => service.stop());

const operations = (Object.keys(routes) as OperationId[]).filter(
  (id) => routes[id].config.auth === 'organizer',
);
const changes = operations.filter((id) => routes[id].method !== 'GET');
const posts = changes.filter((id) => routes[id].method === 'POST');
const patches = changes.filter((id) => routes[id].method === 'PATCH');

/** Organizers read and use the halls of others. */
const SHARED: OperationId[] = ['getLayout', 'listLayoutSeats'];
const OF_AN_ORGANIZER = operations.filter((id) => routes[id].url.includes('/:') && !SHARED.includes(id));

const send = async (call: Call, instance = 0) => {
  const { statusCode, headers, body } = await answerOf(service.apps[instance] ?? service.app, call);
  const code = statusCode < 400 ? undefined : JSON.parse(body).code;
  return { statusCode, headers, body, is: `${statusCode} ${code}` };
};
const withHeaders = (call: Call, headers: Record<string, string>): Call => ({
  ...call,
  headers: { ...call.headers, ...headers },
});
const asAnother = (role: Role, call: Call) => send(withHeaders(call, service.as(randomUUID(), role)));

/** What organizers did. The service adds entries of its own at any time. */
const auditLog = () =>
  service.db
    .selectFrom('audit_log')
    .selectAll()
    .where('actor_role', '=', 'organizer')
    .orderBy('id')
    .execute();

/** A call that changes something, if the operation does. */
async function effectiveCall(operationId: OperationId): Promise<Call> {
  const call = await callOf(service, operationId);
  if (operationId !== 'unblockSeats') return call;
  const block = { ...call, url: call.url.replace('unblock', 'block') };
  expect((await send({ ...block, payload: { reason: '초대석', sections: ['A'] } })).statusCode).toBe(201);
  return call;
}

test.each(operations)('%s refuses users, services and other organizers', async (operationId) => {
  const call = await callOf(service, operationId);
  const before = await auditLog();
  expect((await asAnother('user', call)).is).toBe('403 FORBIDDEN');
  expect((await asAnother('service', call)).is).toBe('403 FORBIDDEN');
  if (OF_AN_ORGANIZER.includes(operationId)) {
    const { is } = await asAnother('organizer', call);
    expect(is).toBe(call.url.includes('/webhooks/') ? '404 WEBHOOK_NOT_FOUND' : '403 FORBIDDEN');
  }
  expect(await auditLog()).toEqual(before);
  // Control: there was something to refuse.
  expect((await send(call)).statusCode).toBeLessThan(300);
});

test.each(changes)(
  '%s leaves one entry in the audit log: who, what, before and after',
  async (operationId) => {
    const call = await effectiveCall(operationId);
    const { length } = await auditLog();
    const { statusCode, body, headers } = await send(call);
    expect(statusCode, body).toBeLessThan(300);
    const [entry, ...more] = (await auditLog()).slice(length);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ request_id: headers['x-request-id'], actor_id: expect.any(String) });
    // A secret is in no log.
    if (operationId !== 'rotateWebhookSecret')
      expect(entry?.before ?? entry?.after).toEqual(expect.any(Object));
    // An entry is about more than the id that it names.
    if (/change|price|postpone|update/.test(entry?.action ?? ''))
      expect([Object.keys(entry?.before ?? {}), Object.keys(entry?.after ?? {})]).not.toContainEqual([]);
  },
);

test.each(posts)(
  '%s has one effect and one answer under a key, on two instances at once',
  async (operationId) => {
    const call = withHeaders(await effectiveCall(operationId), { 'idempotency-key': randomUUID() });
    const { length } = await auditLog();
    const answers = await Promise.all([send(call), send(call, 1)]);
    answers.push(await send(call), await send(call, 1));
    const given = answers.filter(({ is }) => is !== '409 IDEMPOTENCY_IN_FLIGHT');
    expect(given.length).toBeGreaterThan(2);
    expect(new Set(given.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(given[0]?.statusCode, given[0]?.body).toBeLessThan(300);
    expect(await auditLog()).toHaveLength(length + 1);
  },
);

test.each(patches)(
  '%s needs the revision that it changes, and one of two edits wins',
  async (operationId) => {
    const { headers, ...call } = await callOf(service, operationId);
    const { 'if-match': _, ...others } = headers;
    const edit = (tag?: string, instance = 0) =>
      send({ ...call, headers: { ...others, ...(tag && { 'if-match': tag }) } }, instance);
    expect((await edit()).is).toBe('428 PRECONDITION_REQUIRED');
    for (const tag of ['"0"', 'W/"1"', '""', '1']) expect((await edit(tag)).is).toMatch(/^4(00|12) /);
    const { headers: first } = await send({
      ...call,
      method: 'GET',
      url: call.url.replace('/prices', ''),
      headers,
    });
    const both = await Promise.all([edit(first.etag as string), edit(first.etag as string, 1)]);
    expect(both.map(({ is }) => is).sort()).toEqual(['200 undefined', '412 PRECONDITION_FAILED']);
  },
);
