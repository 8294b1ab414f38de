import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../../../support/service.ts';
import { signToken } from '../../../support/token.ts';
import { type Person, type Proofs, withPeople } from '../../../support/waiting-room/queue-client.ts';

const THRESHOLD = 2;
let service: Service;

beforeAll(async () => {
  service = await startService({
    instances: 2,
    ownRedis: true,
    env: { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '60000' },
  });
});
afterAll(() => service.stop());

test("a pass or a ticket of another user, of another event, forged, or in the other's place is worth nothing", async () => {
  const [one, other] = [await withPeople(service, THRESHOLD + 2), await withPeople(service, THRESHOLD + 1)];
  // From now on only what a request shows counts.
  await service.redis.client.flushall();
  const [inside, , first] = one.people as [Person, Person, Person];
  const { pass = '' } = inside.proofs;
  const { ticket = '' } = first.proofs;
  const elsewhere = other.people[0]?.proofs.pass ?? '';
  const [head, body, signature] = pass.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const thief = one.queue.person();
  const mine = { ...claims, sub: thief.userId };
  const worthless: Record<string, Proofs> = {
    "another user's pass": { pass },
    "another user's ticket": { ticket },
    "another event's pass": { pass: elsewhere },
    'a pass signed with the key of access tokens': { pass: signToken(mine) },
    'a pass signed with another key': { pass: signToken(mine, 'x'.repeat(48)) },
    'an unsigned pass': { pass: signToken(mine, '', 'none') },
    'a pass with another user put into it': {
      pass: [head, Buffer.from(JSON.stringify(mine)).toString('base64url'), signature].join('.'),
    },
    'an access token': {
      pass: service.token({ userId: thief.userId }),
      ticket: service.token({ userId: thief.userId }),
    },
    'no token at all': { pass: 'pass', ticket: '..' },
  };
  for (const [name, shown] of Object.entries(worthless)) {
    for (const buy of one.purchases)
      expect([name, (await buy(thief, shown)).body.code]).toEqual([name, 'QUEUE_REQUIRED']);
  }
  // A person inside another event shows their pass of that event here.
  const visitor = one.queue.person({ userId: other.people[0]?.userId ?? '' });
  expect((await visitor.reserve(one.seatIds[30], 1, { pass: elsewhere })).body.code).toBe('QUEUE_REQUIRED');
  // A person in line shows their ticket as a pass.
  expect((await first.reserve(one.seatIds[31], 1, { pass: ticket })).body.code).toBe('QUEUE_REQUIRED');
  expect((await inside.reserve(one.seatIds[32], 1)).status).toBe(201);
  expect((await one.queue.admin()).body.currentUsers).toBe(THRESHOLD);
});

test('a pass or a ticket is no access token', async () => {
  const { people } = await withPeople(service, THRESHOLD + 1);
  for (const token of [people[0]?.proofs.pass, people[THRESHOLD]?.proofs.ticket]) {
    const answer = await service.app.inject({
      url: '/api/v1/reservations/my',
      headers: { authorization: `Bearer ${token}` },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'TOKEN_INVALID']);
  }
});
