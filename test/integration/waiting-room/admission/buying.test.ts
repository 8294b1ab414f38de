import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tally } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { signToken } from '../../../support/token.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, type Proofs, queueOf } from '../../../support/waiting-room/queue-client.ts';

const THRESHOLD = 2;
/** Whose line moves only when somebody leaves. */
let service: Service;
const others: Service[] = [];

beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '60000' },
  });
});
afterEach(async () => {
  for (const each of others.splice(0)) await each.stop();
});
afterAll(() => service.stop());

async function start(env: Record<string, string>): Promise<Service> {
  const other = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '2', ...env } });
  others.push(other);
  return other;
}

async function withPeople(of: Service, count: number) {
  const { eventId, seatIds, ticketTypeIds } = await of.seedEvent({ seats: 40, stock: [100] });
  const queue = queueOf(of, eventId);
  const people = queue.people(count);
  await inTurn(people, (person, index) => person.check(index));
  /** The ways to buy; each takes another seat. */
  let seat = 0;
  const buying = [
    (person: Person, shown?: Proofs) => person.reserve(seatIds[seat++], seat, shown),
    (person: Person, shown?: Proofs) => person.best(seat++, shown),
    (person: Person, shown?: Proofs) => person.buy(ticketTypeIds[0], seat++, shown),
  ];
  return { eventId, seatIds, queue, people, buying };
}

describe('buying', () => {
  test('where nobody waits is entering, counted, and the threshold holds', async () => {
    const { queue, buying } = await withPeople(service, 0);
    for (const buy of buying) {
      const crowd = queue.people(10);
      const answers = await Promise.all(crowd.map((person) => buy(person)));
      expect(tally(answers)).toEqual({ 201: THRESHOLD, '403 QUEUE_REQUIRED': 10 - THRESHOLD });
      expect((await queue.admin(1)).body).toMatchObject({ currentUsers: THRESHOLD, queueSize: 0 });
      const inside = crowd.filter((_, index) => answers[index]?.status === 201);
      for (const person of inside) {
        expect((await buy(person)).status).toBe(201);
        await person.leave();
      }
    }
  });

  test('is refused to those in line and to those who never came, with the place that they have or would get', async () => {
    const { queue, people, buying } = await withPeople(service, THRESHOLD + 3);
    const [inside, , first, second, third] = people as [Person, Person, Person, Person, Person];
    const stranger = queue.person();
    for (const buy of buying) {
      for (const [person, queued, position] of [
        [first, true, 1],
        [second, true, 2],
        [third, true, 3],
        [stranger, false, 4],
      ] as const) {
        const { status, body } = await buy(person);
        const { estimatedWait } = (await person.status()).body;
        expect([status, body]).toMatchObject([
          403,
          { code: 'QUEUE_REQUIRED', queue: { queued, position, queueSize: 3 } },
        ]);
        expect(body.queue.estimatedWait).toBeGreaterThan(0);
        if (queued) expect(Math.abs(body.queue.estimatedWait - estimatedWait)).toBeLessThanOrEqual(1);
        expect(body.queue.estimatedWaitRange.min).toBeLessThanOrEqual(body.queue.estimatedWait);
        expect(body.queue.estimatedWaitRange.max).toBeGreaterThanOrEqual(body.queue.estimatedWait);
      }
      expect((await buy(inside)).status).toBe(201);
    }
    // Asking to buy is no way into the line, nor out of it.
    expect((await queue.admin()).body).toMatchObject({ queueSize: 3, currentUsers: THRESHOLD });
    expect((await stranger.status()).body.state).toBe('outside');
  });

  test('is no way past the line: room that is free belongs to those in it', async () => {
    // Those inside fall silent, and no tick comes that would let anybody in.
    const env = { QUEUE_TICK_MS: '60000', QUEUE_TTL_SECONDS: '1', QUEUE_WAITING_TTL_SECONDS: '60' };
    const { queue, people, buying } = await withPeople(await start(env), THRESHOLD + 1);
    await eventually(async () =>
      expect((await queue.admin()).body).toMatchObject({
        currentUsers: 0,
        available: THRESHOLD,
        queueSize: 1,
      }),
    );
    for (const buy of buying) expect((await buy(queue.person())).body.code).toBe('QUEUE_REQUIRED');
    const [, , head] = people as [Person, Person, Person];
    expect((await queue.person().check(1)).body).toMatchObject({ queued: true, position: 2 });
    // Whoever gives up a place, wherever he is, has the line move.
    await people[0]?.check(1);
    await people[0]?.leave();
    expect((await head.status(1)).body.state).toBe('inside');
  });
});

describe('presence', () => {
  const short = { QUEUE_TICK_MS: '100', QUEUE_REFORM_SECONDS: '0' };

  test('silence ends a place inside and one in line after times of their own, and contact keeps both', async () => {
    const env = { ...short, QUEUE_TTL_SECONDS: '6', QUEUE_WAITING_TTL_SECONDS: '2' };
    const { people, queue } = await withPeople(await start(env), 4);
    const [inside, silent, waiting, gone] = people as [Person, Person, Person, Person];
    const started = Date.now();
    const seconds = () => (Date.now() - started) / 1_000;
    let left: number | undefined;
    await eventually(
      async () => {
        // A heartbeat is contact of both kinds.
        expect((await inside.heartbeat(1)).body.state).toBe('inside');
        const { state } = (await waiting.heartbeat(1)).body;
        if ((await queue.admin()).body.queueSize < 2) left ??= seconds();
        expect(state).toBe('inside');
      },
      { timeout: 12_000, interval: 200 },
    );
    expect(left).toBeGreaterThanOrEqual(2);
    expect(left).toBeLessThan(6);
    expect(seconds()).toBeGreaterThanOrEqual(6);
    for (const person of [silent, gone]) expect((await person.status()).body.state).toBe('outside');
    expect((await gone.check()).body).toMatchObject({ queued: true, position: 1, currentUsers: 2 });
  });

  test.each([
    ['none', []],
    ['confirmed', ['confirmed']],
    ['cancelled', ['cancelled']],
    ['both', ['cancelled', 'confirmed']],
  ] as const)(
    'a place inside is given up by a reservation where the setting says so (%s)',
    async (setting, frees) => {
      const env = { QUEUE_TICK_MS: '60000', ...(setting !== 'none' && { QUEUE_FREE_PLACE_ON: setting }) };
      const of = await start(env);
      const { queue, people, seatIds } = await withPeople(of, 4);
      const [cancels, pays, ...line] = people as [Person, Person, Person, Person];
      const [one, other] = [await cancels.reserve(seatIds[0]), await pays.reserve(seatIds[1], 1)];
      const { id, totalAmount } = other.body.reservation;
      const cancelled = await of.app.inject({
        method: 'POST',
        url: `/api/v1/reservations/${one.body.reservation.id}/cancel`,
        headers: of.as(cancels.userId),
      });
      const confirmed = await of.app.inject({
        method: 'POST',
        url: `/api/v1/reservations/${id}/confirm`,
        headers: of.as(undefined, 'service'),
        payload: { amount: totalAmount, paymentId: randomUUID(), paymentMethod: 'card' },
      });
      expect([cancelled.statusCode, confirmed.statusCode]).toEqual([200, 200]);
      // Those in line came in as many as places became free, at once and in their order.
      await eventually(async () =>
        expect((await queue.admin()).body).toMatchObject({ queueSize: 2 - frees.length, currentUsers: 2 }),
      );
      const states = async (some: Person[]) =>
        (await inTurn(some, (person) => person.status())).map(({ body }) => body.state === 'inside');
      expect(await states(line)).toEqual([frees.length > 0, frees.length > 1]);
      expect(await states([cancels, pays])).toEqual([
        !frees.includes('cancelled' as never),
        !frees.includes('confirmed' as never),
      ]);
    },
  );
});

describe('a reservation that frees a place', () => {
  test('leaves its owner the place in line that he has by now', async () => {
    const of = await start({ QUEUE_TICK_MS: '60000', QUEUE_FREE_PLACE_ON: 'both' });
    const { queue, people, seatIds } = await withPeople(of, 3);
    const [cancels, pays, first] = people as [Person, Person, Person];
    const [one, other] = [await cancels.reserve(seatIds[0]), await pays.reserve(seatIds[1], 1)];
    // Somebody else is inside when they come again.
    const [stays, after] = queue.people(2) as [Person, Person];
    await stays.check();
    await inTurn([cancels, pays], (person) => person.leave());
    await inTurn([cancels, pays, after], (person) => person.check());
    const { id, totalAmount } = other.body.reservation;
    const answers = [
      await of.app.inject({
        method: 'POST',
        url: `/api/v1/reservations/${one.body.reservation.id}/cancel`,
        headers: of.as(cancels.userId),
      }),
      await of.app.inject({
        method: 'POST',
        url: `/api/v1/reservations/${id}/confirm`,
        headers: of.as(undefined, 'service'),
        payload: { amount: totalAmount, paymentId: randomUUID(), paymentMethod: 'card' },
      }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    // The same done by one who is inside comes after both of them, and moves the line.
    const third = await stays.reserve(seatIds[2]);
    await of.app.inject({
      method: 'POST',
      url: `/api/v1/reservations/${third.body.reservation.id}/cancel`,
      headers: of.as(stays.userId),
    });
    await eventually(async () => expect((await queue.admin()).body.queueSize).toBe(2));
    const states = await inTurn([first, cancels, pays, after], (person) => person.status());
    expect(states.map(({ body }) => [body.state, body.position])).toEqual([
      ['inside', 0],
      ['inside', 0],
      ['waiting', 1],
      ['waiting', 2],
    ]);
  });
});

describe('a pass and a ticket', () => {
  /** Two events that are full, with somebody in line in each; all that they were given, then Redis is lost. */
  async function afterLoss() {
    const of = await startService({
      instances: 2,
      ownRedis: true,
      env: { QUEUE_THRESHOLD: String(THRESHOLD), QUEUE_TICK_MS: '60000' },
    });
    others.push(of);
    const [one, other] = [await withPeople(of, THRESHOLD + 2), await withPeople(of, THRESHOLD + 1)];
    await of.redis.client.flushall();
    // From now on only what is shown counts, on an instance that knows none of them: places are claimed by strangers' proofs below.
    return { of, one, other };
  }

  test("are worth nothing to another user, for another event, forged, or in each other's place", async () => {
    const { of, one, other } = await afterLoss();
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
      'a pass that nobody signed': { pass: signToken(mine, '', 'none') },
      'a pass with another user in it': {
        pass: [head, Buffer.from(JSON.stringify(mine)).toString('base64url'), signature].join('.'),
      },
      'an access token': {
        pass: of.token({ userId: thief.userId }),
        ticket: of.token({ userId: thief.userId }),
      },
      'no token at all': { pass: 'pass', ticket: '..' },
    };
    for (const [name, shown] of Object.entries(worthless)) {
      for (const buy of one.buying)
        expect([name, (await buy(thief, shown)).body.code]).toEqual([name, 'QUEUE_REQUIRED']);
    }
    // Somebody inside elsewhere shows here what he has there.
    const visitor = one.queue.person({ userId: other.people[0]?.userId ?? '' });
    expect((await visitor.reserve(one.seatIds[30], 1, { pass: elsewhere })).body.code).toBe('QUEUE_REQUIRED');
    // One in line shows his ticket as a pass.
    expect((await first.reserve(one.seatIds[31], 1, { pass: ticket })).body.code).toBe('QUEUE_REQUIRED');
    expect((await inside.reserve(one.seatIds[32], 1)).status).toBe(201);
    expect((await one.queue.admin()).body.currentUsers).toBe(THRESHOLD);
  });

  test('are no access tokens', async () => {
    const { people } = await withPeople(service, THRESHOLD + 1);
    for (const token of [people[0]?.proofs.pass, people[THRESHOLD]?.proofs.ticket]) {
      const answer = await service.app.inject({
        url: '/api/v1/reservations/my',
        headers: { authorization: `Bearer ${token}` },
      });
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'TOKEN_INVALID']);
    }
  });
});
