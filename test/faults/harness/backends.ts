import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '../../../src/database/database.ts';
import type { Ends } from '../../bench/ends.ts';
import { seedEvent } from '../../support/events.ts';
import type { Stage } from '../sales/load.ts';
import type { Backend } from './backend.ts';
import { type Instance, makeInstance } from './instance.ts';
import { type BreakablePostgres, startBreakablePostgres } from './postgres.ts';
import { type BreakableRedis, startBreakableRedis } from './redis.ts';

export interface Bed {
  postgres: BreakablePostgres;
  redis: BreakableRedis;
  instances: Instance[];
  stage: Stage;
}

/** Short enough that holds expire while the faults go on. */
const HOLD_SECONDS = '12';

/** A PostgreSQL and a Redis of the run's own, and the environment that leads an instance to them. */
export interface Backends<Postgres = BreakablePostgres, Redis = BreakableRedis> {
  directory: string;
  secret: string;
  postgres: Postgres;
  redis: Redis;
  environment: Record<string, string>;
}

/** A pair of each. */
export const startBackends = (ends: Ends): Promise<Backends> =>
  startBackendsOf(ends, startBreakablePostgres, startBreakableRedis);

export async function startBackendsOf<Postgres extends Backend, Redis extends Backend>(
  ends: Ends,
  startPostgres: (directory: string) => Promise<Postgres>,
  startRedis: (directory: string) => Promise<Redis>,
): Promise<Backends<Postgres, Redis>> {
  const directory = mkdtempSync(join(tmpdir(), 'tiketi-faults-'));
  chmodSync(directory, 0o755); // PostgreSQL may have to run as another user
  ends.add(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  for (const name of ['postgres', 'redis']) mkdirSync(join(directory, name));
  const postgres = await startPostgres(join(directory, 'postgres'));
  ends.add(() => postgres.stop());
  const redis = await startRedis(join(directory, 'redis'));
  ends.add(() => redis.stop());

  const secret = randomBytes(48).toString('base64url');
  return {
    directory,
    secret,
    postgres,
    redis,
    environment: {
      JWT_SECRET: secret,
      ...postgres.environment,
      ...redis.environment,
      LOG_LEVEL: 'warn',
      // All payments come from one user and all buyers from one address.
      REQUESTS_PER_MINUTE: '1000000',
    },
  };
}

/**
 * Starts instances as they ship, one after the other, because the first one makes the tables.
 *
 * @param settings of all of them, or of each by its number
 */
export async function startInstances(
  ends: Ends,
  { directory, environment }: Pick<Backends, 'directory' | 'environment'>,
  count: number,
  settings: Record<string, string> | ((number: number) => Record<string, string>),
): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (let number = 0; number < count; number++) {
    const log = join(directory, `instance-${number}.log`);
    const own = typeof settings === 'function' ? settings(number) : settings;
    const instance = await makeInstance({ ...environment, ...own }, log);
    ends.add(() => instance.stop());
    await instance.start();
    instances.push(instance);
  }
  return instances;
}

/** Starts two instances with two small events, so that buyers compete, and one with enough for a cancellation of several batches. */
export async function makeBed(ends: Ends): Promise<Bed> {
  const backends = await startBackends(ends);
  const { postgres, redis, secret } = backends;
  const instances = await startInstances(ends, backends, 2, {
    ...{ HOLD_SECONDS, QUEUE_THRESHOLD: '1000000', WEBHOOK_PRIVATE_ADDRESSES: 'true' },
    // What a killed instance was sending is sent by the other one 5 s after this.
    WEBHOOK_TIMEOUT_SECONDS: '2',
  });
  const db = createDatabase({ ...postgres.connection, ssl: 'off', poolSize: 2 }, () => undefined);
  const events: Stage['events'] = [];
  for (const [seats, stock, keep] of [
    [120, [80, 40], false],
    [300, [200, 150], false],
    [300, [9_000, 9_000], true],
  ] as const) {
    const { eventId, seatIds, ticketTypeIds } = await seedEvent(db, { seats, stock: [...stock] });
    events.push({ id: eventId, seats: seatIds, ticketTypes: ticketTypeIds, keep });
  }
  await db.destroy();

  return {
    postgres,
    redis,
    instances,
    stage: { ports: instances.map(({ port }) => port), secret, events },
  };
}
