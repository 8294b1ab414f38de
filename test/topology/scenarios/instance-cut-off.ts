import { setTimeout as sleep } from 'node:timers/promises';
import { startBackends, startInstances } from '../../faults/harness/backends.ts';
import { startProxy } from '../../support/proxy.ts';
import type { Scenario } from '../scenario.ts';
import { INSTANCE_SETTINGS } from '../settings.ts';

const CUT_MS = 6_000;
const CUT_OFF = 1;

/** The network drops what one instance and a server send each other. Their connections stay open, and the other instance notices nothing. */
export const instanceCutOff: Scenario = {
  about: 'no packet passes between an instance and Redis, and then between it and PostgreSQL',
  async build(ends) {
    const backends = await startBackends(ends);
    const { postgres, redis } = backends;
    const lineTo = async (port: string) => {
      const line = await startProxy({ host: '127.0.0.1', port: Number(port) });
      ends.add(() => line.close());
      return line;
    };
    const toRedis = await lineTo(redis.environment.REDIS_PORT as string);
    const toPostgres = await lineTo(postgres.environment.DB_PORT as string);
    const lines = { REDIS_PORT: String(toRedis.port), DB_PORT: String(toPostgres.port) };
    const instances = await startInstances(ends, backends, 2, (number) => ({
      ...INSTANCE_SETTINGS,
      ...(number === CUT_OFF && lines),
    }));
    const cut = (line: typeof toRedis) => async () => {
      line.stall();
      await sleep(CUT_MS);
      line.resume();
    };
    return {
      instances,
      secret: backends.secret,
      primary: () => postgres.primary().connection,
      faults: [
        {
          name: `instance ${CUT_OFF} is cut off from Redis`,
          ...{ refuses: ['places'], breaks: [], mutes: [CUT_OFF], losesPlaces: false },
          run: cut(toRedis),
        },
        {
          name: `instance ${CUT_OFF} is cut off from PostgreSQL`,
          ...{ refuses: ['sales'], breaks: [], losesPlaces: false },
          run: cut(toPostgres),
        },
      ],
    };
  },
};
