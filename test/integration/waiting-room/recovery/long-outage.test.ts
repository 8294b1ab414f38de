import { expect, test } from 'vitest';
import { OneAtATime } from '../../../../src/lib/one-at-a-time.ts';
import { tally } from '../../../support/http.ts';
import { eventually } from '../../../support/wait.ts';
import { startLossy, THRESHOLD, watch, withLine } from '../../../support/waiting-room/losable-redis.ts';
import { inTurn, type Person } from '../../../support/waiting-room/queue-client.ts';

/** Also for how long places can come back: enough for what follows the outage on a machine under load. */
const TTL_MS = 6_000;

/** Six instances that start in one process at once leave it no time to hear PostgreSQL. */
const starts = new OneAtATime();

// At the same time, each on a Redis of its own: they wait for the clock.
test.concurrent.for([
  ['stop', 1.2],
  ['pause', 1.2],
  // Longer than Redis itself keeps a room without contact.
  ['stop', 2.2],
] as const)(
  'an outage of Redis longer than a time to live (%s, %f times) costs nobody their place: proofs that ran out meanwhile still count',
  { timeout: 60_000 },
  async ([fault, times], { onTestFinished }) => {
    const service = await starts.run(() => startLossy({ QUEUE_TTL_SECONDS: String(TTL_MS / 1_000) }));
    onTestFinished(() => service.stop());
    const { eventId, inside, line, sequences, queue, seatIds } = await withLine(service, 3);
    // However long it took to get here, all places are fresh now.
    const renewed = await Promise.all([...inside, ...line].map((person, index) => person.status(index % 2)));
    expect(tally(renewed)).toEqual({ 200: inside.length + line.length });
    await service.redis[fault]();
    const since = Date.now();
    await eventually(() => expect(Date.now() - since).toBeGreaterThan(TTL_MS * times), {
      timeout: TTL_MS * times + 1_000,
    });
    const during = await inTurn(inside, (person, index) => person.reserve(seatIds[index], index));
    expect(tally(during)).toEqual({ 201: THRESHOLD });
    await (fault === 'stop' ? service.redis.start() : service.redis.resume());
    const stop = watch(service, eventId);
    const newcomer = queue.person();
    // Each instance notices for itself that Redis is back.
    for (const instance of [1, 0])
      await eventually(async () => expect((await newcomer.check(instance)).status).toBe(200));
    expect((await newcomer.status()).body).toMatchObject({ queued: true });
    const back = await inTurn([line[1], line[0], line[2]] as Person[], (person, index) =>
      person.check(index),
    );
    expect(back.map(({ body }) => body.sequence)).toEqual([sequences[1], sequences[0], sequences[2]]);
    const after = await inTurn(inside, (person, index) => person.reserve(seatIds[10 + index], index + 1));
    expect(tally(after)).toEqual({ 201: THRESHOLD });
    expect((await newcomer.status()).body).toMatchObject({ queued: true, position: 4 });
    expect(await stop()).toBe(THRESHOLD);
  },
);
