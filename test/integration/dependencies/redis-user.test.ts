import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { canBreakRedis, startTestRedis } from '../../support/redis/redis.ts';
import { redisSettings } from '../../support/redis/settings.ts';
import { startService } from '../../support/service.ts';
import { openSockets } from '../../support/sockets.ts';
import { type Person, queueOf } from '../../support/waiting-room/queue-client.ts';

test.runIf(canBreakRedis())(
  'two instances work as a user of an ACL, in a database of their own',
  async ({ onTestFinished }) => {
    const redis = await startTestRedis({ own: true });
    const username = 'tickets';
    const password = randomUUID();
    await redis.client.acl('SETUSER', username, 'on', `>${password}`, '~test-*', '&test-*', '+@all');
    const service = await startService({
      instances: 2,
      redis,
      redisSettings: { ...redisSettings(redis), username, password, database: 3 },
      env: { QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '60000' },
    });
    onTestFinished(() => service.stop());
    const { eventId } = await service.seedEvent({ stock: [10] });
    const [first, second] = queueOf(service, eventId).people(2) as [Person, Person];
    const sockets = openSockets(service.token);
    onTestFinished(() => void sockets.close());
    const { hears } = await sockets.connect(service.origins[1] as string, { userId: second.userId });
    expect((await first.check(0)).body).toMatchObject({ state: 'inside' });
    expect((await second.check(1)).body).toMatchObject({ state: 'waiting' });

    // One instance lets the user in, and the other has the user's socket.
    await first.leave(0);
    await hears('queue-entry-allowed', { eventId });
    expect(await redis.client.dbsize()).toBe(0);
    expect(await redis.client.info('keyspace')).toMatch(/^db3:keys=[1-9]/m);
  },
);
