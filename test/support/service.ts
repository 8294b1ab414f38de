import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type DestinationStream, pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import type { Worker } from '../../src/cluster/worker.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { RedisSettings } from '../../src/config/servers.ts';
import type { Db } from '../../src/database/database.ts';
import type { Role } from '../../src/plugins/auth.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { type EventSeed, seedEvent } from './events.ts';
import { startTestRedis, type TestRedis } from './redis/redis.ts';
import { redisSettings } from './redis/settings.ts';
import { withSharedSerializers } from './shared-serializers.ts';

export const SECRET = randomBytes(48).toString('base64url');

export interface ServiceOptions {
  /** More environment variables. PostgreSQL and Redis are set already. */
  env?: Record<string, string>;
  /** Receives the log of the instances, from `info` on; a function gives each instance a stream of its own. */
  log?: DestinationStream | ((instance: number) => DestinationStream);
  /** The number of instances that share the database and the Redis. The first one is `app` and `origin`. */
  instances?: number;
  /** Makes the instances workers of one machine. */
  workers?: Worker[];
  /** A Redis that the test may stop and pause. */
  ownRedis?: boolean;
  /** Made by the caller, and closed with the service. */
  database?: TestDatabase;
  redis?: TestRedis;
  /** How the instances reach Redis, in place of the plain address. */
  redisSettings?: RedisSettings;
  /** Connections to PostgreSQL per instance. */
  poolSize?: number;
  /** Puts a proxy between the service and its PostgreSQL. Gets the address of PostgreSQL, and returns the port of the proxy. */
  throughPort?: (postgres: { host: string; port: number }) => Promise<number>;
  /** The same for Redis. */
  redisThroughPort?: (redis: { host: string; port: number }) => Promise<number>;
}

export interface Service {
  app: FastifyInstance;
  apps: FastifyInstance[];
  origin: string;
  origins: string[];
  /** For the test itself, beside the service's own connections. */
  db: Db;
  redis: TestRedis;
  token(claims?: { userId?: string; role?: Role }): string;
  /** `{ authorization: 'Bearer …' }` of a user, by default a new one. */
  as(userId?: string, role?: Role): { authorization: string };
  /** Seeds an event, and returns when every instance has it. */
  seedEvent(seed?: EventSeed): ReturnType<typeof seedEvent>;
  /** Lets every instance read now what was changed by SQL, for tests of other promises than how long that takes. */
  refresh(): Promise<void>;
  /** Starts one more instance on the same database and Redis, with other variables too. It is the last of `apps` and `origins`. */
  startAnother(env?: Record<string, string>): Promise<FastifyInstance>;
  stop(): Promise<void>;
}

/** Starts the service as it ships on free ports of 127.0.0.1, with a database and a Redis of the caller's own. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const database = options.database ?? (await createTestDatabase());
  const redis = options.redis ?? (await startTestRedis({ own: options.ownRedis ?? false }));
  const variables = {
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    JWT_SECRET: SECRET,
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    REQUESTS_PER_MINUTE: '100000',
    ...options.env,
  };
  const { host, port, password } = redis;
  const postgresPort = (await options.throughPort?.(database.settings)) ?? database.settings.port;
  const redisPort = (await options.redisThroughPort?.({ host, port })) ?? port;
  const backends = {
    database: { ...database.settings, port: postgresPort, poolSize: options.poolSize ?? 20 },
    redis: options.redisSettings ?? redisSettings({ host, port: redisPort, password }),
  };

  const apps: FastifyInstance[] = [];
  const origins: string[] = [];
  async function startAnother(env: Record<string, string> = {}): Promise<FastifyInstance> {
    const config = loadConfig({ ...variables, ...env });
    const level = options.log ? 'info' : (process.env.TEST_LOG_LEVEL ?? 'silent');
    const log = typeof options.log === 'function' ? options.log(apps.length) : options.log;
    const logger = pino({ level }, log ?? process.stdout);
    const app = await withSharedSerializers(() =>
      buildApp({ ...config, jwtSecret: SECRET }, backends, logger, options.workers?.[apps.length]),
    );
    await app.listen({ port: 0, host: '127.0.0.1' });
    apps.push(app);
    origins.push(app.listeningOrigin);
    return app;
  }
  for (let instance = 0; instance < (options.instances ?? 1); instance++) await startAnother();
  const [app] = apps as [FastifyInstance];
  // An instance without PostgreSQL reads later.
  const refresh = async () => void (await Promise.allSettled(apps.map((each) => each.catalogue.refresh())));
  const token: Service['token'] = ({ userId = randomUUID(), role = 'user' } = {}) =>
    app.jwt.sign({ userId, role }, { expiresIn: '1h' });

  return {
    app,
    apps,
    origin: app.listeningOrigin,
    origins,
    db: database.db,
    redis,
    token,
    as: (userId, role) => ({
      authorization: `Bearer ${token({ ...(userId !== undefined && { userId }), ...(role !== undefined && { role }) })}`,
    }),
    async seedEvent(seed) {
      const seeded = await seedEvent(database.db, seed);
      await refresh();
      return seeded;
    },
    refresh,
    startAnother,
    async stop() {
      await Promise.all(apps.map((each) => each.close()));
      await database.drop();
      await redis.close();
    },
  };
}
