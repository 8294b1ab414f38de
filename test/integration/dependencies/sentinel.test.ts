import { expect, test } from 'vitest';
import { startProxy } from '../../support/proxy.ts';
import { canBreakRedis } from '../../support/redis/redis.ts';
import { startSentinel } from '../../support/redis/sentinel.ts';
import { redisSettings } from '../../support/redis/settings.ts';
import { type Service, startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';
import { type Person, queueOf } from '../../support/waiting-room/queue-client.ts';

test.runIf(canBreakRedis())(
  'the waiting room goes on at the master that a Sentinel names, after a failover as well',
  async ({ onTestFinished }) => {
    const { address, name, master, replica, log, close } = await startSentinel();
    onTestFinished(close);
    const sentinel = await startProxy(address);
    onTestFinished(sentinel.close);
    const service = await startService({
      instances: 2,
      redis: master,
      // Nothing listens there: the Sentinel alone knows where Redis is.
      redisSettings: {
        ...redisSettings({ host: '127.0.0.1', port: 1 }),
        sentinel: {
          addresses: [{ ...address, port: sentinel.port }],
          master: name,
          username: undefined,
          password: undefined,
        },
      },
      env: { QUEUE_THRESHOLD: '1', QUEUE_REFORM_SECONDS: '0', QUEUE_TICK_MS: '100' },
    });
    onTestFinished(() => service.stop());
    const { eventId } = await service.seedEvent({ stock: [10] });
    const [first, second] = queueOf(service, eventId).people(2) as [Person, Person];
    expect((await first.check(0)).body).toMatchObject({ state: 'inside' });
    expect((await second.check(1)).body).toMatchObject({ state: 'waiting', position: 1 });
    // The replica has what was answered.
    await eventually(async () => expect(await replica.client.dbsize()).toBe(await master.client.dbsize()));

    // While Redis is away, an instance knows of a line what it saw of it.
    expect((await second.status(0)).body).toMatchObject({ position: 1 });

    // So the Sentinel tells of the failover while it is being asked for the address.
    sentinel.delayAnswers(700);
    await master.stop();
    await eventually(
      async () => {
        for (const instance of [0, 1]) {
          expect((await first.status(instance)).body).toMatchObject({ state: 'inside' });
          expect((await second.status(instance)).body).toMatchObject({ state: 'waiting', position: 1 });
        }
      },
      // A Sentinel on a busy machine may need a second try, which begins after twice its own time limit of 5 s.
      { timeout: 40_000, interval: 100 },
    ).catch((cause) => {
      throw new Error(`The end of the Sentinel's log:\n${log()}`, { cause });
    });
    expect(await replica.client.role()).toContain('master');

    for (const [from, to] of [service.apps, service.apps.toReversed()] as [
      Service['app'],
      Service['app'],
    ][]) {
      const heard = new Promise((resolve) => to.announcements.onAudience(resolve));
      // One that is sent while the other one connects is lost.
      const telling = setInterval(() => from.announcements.audience(eventId), 100);
      expect(await heard.finally(() => clearInterval(telling))).toBe(eventId);
    }

    await first.leave(0);
    await eventually(async () => expect((await second.status(1)).body).toMatchObject({ state: 'inside' }));
  },
);
