import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unsigned } from '../../../contract/tokens.ts';
import { type Service, startService } from '../../../support/service.ts';
import {
  type Call,
  CONTACTS,
  callsWithProofs,
  PURCHASES,
} from '../../../support/waiting-room/calls-with-proofs.ts';
import type { Proofs } from '../../../support/waiting-room/queue-client.ts';

let service: Service;
let calls: ReturnType<typeof callsWithProofs>;

beforeAll(async () => {
  service = await startService({ instances: 2, env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '50' } });
  calls = callsWithProofs(service);
});
afterAll(() => service.stop());

describe.each([...CONTACTS, ...PURCHASES])('%s', (name) => {
  const isPurchase = PURCHASES.includes(name);
  const ask: Call = (...args) => calls.of(name)(...args);
  const granted = isPurchase ? { status: 201 } : { status: 200, body: { state: 'inside' } };
  const refused = isPurchase
    ? { status: 403, body: { code: 'QUEUE_REQUIRED' } }
    : { status: 200, body: { state: expect.stringMatching(/^(waiting|outside)$/) } };

  test('accepts a pass after a loss of Redis, on an instance that never saw its owner', async () => {
    const { offer, inside, pass } = await calls.withLine();
    await calls.check(offer.eventId, randomUUID(), {}, 1);
    await calls.loseRoom(offer.eventId);
    expect(await ask(offer, randomUUID(), {}, 1)).toMatchObject(refused);
    expect(await ask(offer, inside, { pass }, 1)).toMatchObject(granted);
  });

  test.each<[string, (room: { pass: string; ticket: string }) => Proofs]>([
    ['nonsense', () => ({ pass: 'nonsense', ticket: 'a.b.c' })],
    ['an empty text', () => ({ pass: '', ticket: '' })],
    ['an overlong text', () => ({ pass: 'x'.repeat(5_000), ticket: 'x'.repeat(5_000) })],
    ['an unsigned pass', () => ({ pass: unsigned({ aud: 'pass' }) })],
    ["another user's pass and ticket", ({ pass, ticket }) => ({ pass, ticket })],
  ])('ignores %s, before and after a loss of Redis', async (_what, shown) => {
    const room = await calls.withLine();
    const { offer, inside } = room;
    for (const isLost of [false, true]) {
      if (isLost) await calls.loseRoom(offer.eventId);
      // Each purchase takes another seat.
      const left = { ...offer, seatIds: offer.seatIds.slice(Number(isLost)) };
      expect(await ask(left, randomUUID(), shown(room))).toMatchObject(refused);
      // The instance remembers the person inside.
      expect(await ask(left, inside, shown(room))).toMatchObject(granted);
    }
  });
});

describe.each(CONTACTS)('%s', (name) => {
  const ask: Call = (...args) => calls.of(name)(...args);

  test('accepts a ticket after a loss of Redis, and newcomers stand behind its owner', async () => {
    const { offer, waiting, ticket } = await calls.withLine();
    await calls.check(offer.eventId, randomUUID(), {}, 1);
    await calls.loseRoom(offer.eventId);
    const newcomer = randomUUID();
    expect((await calls.check(offer.eventId, newcomer, {}, 1)).body).toMatchObject({ position: 1 });
    expect((await ask(offer, waiting, { ticket }, 1)).body).toMatchObject({ state: 'waiting', position: 1 });
    expect((await calls.check(offer.eventId, newcomer, {}, 1)).body).toMatchObject({ position: 2 });
  });
});

describe('an extension', () => {
  const extend = (id: string, userId: string, shown: Proofs) =>
    calls.send('POST', `/reservations/${id}/extend`, calls.showing(userId, shown), undefined, 1);
  const bought = async () => {
    const { offer, inside, pass } = await calls.withLine();
    const { body } = await calls.of('createReservation')(offer, inside);
    return { eventId: offer.eventId, inside, pass, id: body.reservation.id as string };
  };

  test('is granted for a pass after a loss of Redis, and refused without', async () => {
    const { eventId, inside, pass, id } = await bought();
    await calls.check(eventId, randomUUID(), {}, 1);
    await calls.loseRoom(eventId);
    expect((await extend(id, inside, {})).body).toMatchObject({
      code: 'QUEUE_REQUIRED',
      queue: { queued: false },
    });
    expect((await extend(id, inside, { pass })).status).toBe(200);
  });

  test('is refused to a person who has left, also with their pass', async () => {
    const { eventId, inside, pass, id } = await bought();
    await calls.send('POST', `/queue/leave/${eventId}`, service.as(inside));
    expect((await extend(id, inside, { pass })).body).toMatchObject({ code: 'QUEUE_REQUIRED' });
  });
});
