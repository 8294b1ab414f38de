import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { ask } from '../../../support/http.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { inTurn, type Person, withPeople } from '../../../support/waiting-room/queue-client.ts';

type Setting = 'none' | 'confirmed' | 'cancelled' | 'both';

const services = new Map<Setting, Promise<Service>>();
afterAll(async () => {
  for (const service of services.values()) await (await service).stop();
});

/** Two instances that tick once a minute, so that the line moves only when a place becomes free. */
function serviceWith(setting: Setting): Promise<Service> {
  const started =
    services.get(setting) ??
    startService({
      instances: 2,
      env: {
        QUEUE_THRESHOLD: '2',
        QUEUE_TICK_MS: '60000',
        SWEEP_INTERVAL_MS: '60000',
        // `none` is the default.
        ...(setting !== 'none' && { QUEUE_FREE_PLACE_ON: setting }),
      },
    });
  services.set(setting, started);
  return started;
}

type Reserved = Awaited<ReturnType<Person['reserve']>>;

const cancel = ({ app, as }: Service, { userId }: Person, { body }: Reserved) =>
  ask(app, {
    method: 'POST',
    url: `/api/v1/reservations/${body.reservation.id}/cancel`,
    headers: as(userId),
  });

const confirm = ({ app, as }: Service, { body }: Reserved) =>
  ask(app, {
    method: 'POST',
    url: `/api/v1/reservations/${body.reservation.id}/confirm`,
    headers: as(undefined, 'service'),
    payload: { amount: body.reservation.totalAmount, paymentId: randomUUID(), paymentMethod: 'card' },
  });

test.each<[Setting, string[]]>([
  ['none', []],
  ['confirmed', ['confirmed']],
  ['cancelled', ['cancelled']],
  ['both', ['cancelled', 'confirmed']],
])('a reservation frees the place of its owner if the setting says so (%s)', async (setting, frees) => {
  const service = await serviceWith(setting);
  const { queue, people, seatIds } = await withPeople(service, 4);
  const [cancels, pays, ...line] = people as [Person, Person, Person, Person];
  const [one, other] = [await cancels.reserve(seatIds[0]), await pays.reserve(seatIds[1], 1)];
  const ends = [await cancel(service, cancels, one), await confirm(service, other)];
  expect(ends.map(({ status }) => status)).toEqual([200, 200]);
  // As many people come in from the line as places became free, at once and in their order.
  await eventually(async () =>
    expect((await queue.admin()).body).toMatchObject({ queueSize: 2 - frees.length, currentUsers: 2 }),
  );
  const areInside = async (some: Person[]) =>
    (await inTurn(some, (person) => person.status())).map(({ body }) => body.state === 'inside');
  expect(await areInside(line)).toEqual([frees.length > 0, frees.length > 1]);
  expect(await areInside([cancels, pays])).toEqual([
    !frees.includes('cancelled'),
    !frees.includes('confirmed'),
  ]);
});

test('a reservation of a person who left and joined again frees nothing: they keep their new place in line', async () => {
  const service = await serviceWith('both');
  const { queue, people, seatIds } = await withPeople(service, 3);
  const [cancels, pays, first] = people as [Person, Person, Person];
  const [one, other] = [await cancels.reserve(seatIds[0]), await pays.reserve(seatIds[1], 1)];
  // Another person is inside when the two come again.
  const [stays, after] = queue.people(2) as [Person, Person];
  await stays.check();
  await inTurn([cancels, pays], (person) => person.leave());
  await inTurn([cancels, pays, after], (person) => person.check());
  const ends = [await cancel(service, cancels, one), await confirm(service, other)];
  expect(ends.map(({ status }) => status)).toEqual([200, 200]);
  // A cancellation by the person inside comes after both of them and moves the line.
  const third = await stays.reserve(seatIds[2]);
  expect((await cancel(service, stays, third)).status).toBe(200);
  await eventually(async () => expect((await queue.admin()).body.queueSize).toBe(2));
  const states = await inTurn([first, cancels, pays, after], (person) => person.status());
  expect(states.map(({ body }) => [body.state, body.position])).toEqual([
    ['inside', 0],
    ['inside', 0],
    ['waiting', 1],
    ['waiting', 2],
  ]);
});

test('a late payment of tickets frees the place of their buyer, although no stock changes', async () => {
  const service = await serviceWith('both');
  const { queue, people, purchases } = await withPeople(service, 3);
  const [pays] = people as [Person];
  const [, , buy] = purchases;
  const held = (await buy?.(pays)) as Reserved;
  const { id } = held.body.reservation;
  await sql`UPDATE reservations SET expires_at = now() WHERE id = ${id}`.execute(service.db);
  expect((await confirm(service, held)).status).toBe(200);
  await eventually(async () => expect((await queue.admin()).body.queueSize).toBe(0));
});
