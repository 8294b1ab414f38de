import { databaseUrl, redisUrl } from './server-urls.ts';
import { tracingVariables } from './tracing-variables.ts';
import {
  choice,
  flag,
  hosts,
  integer,
  optionalAddresses,
  optionalChoice,
  optionalFlag,
  optionalHost,
  optionalInteger,
  optionalSecret,
  optionalText,
  optionalUrl,
  origins,
  secret,
  text,
  url,
  type Values,
  type Variable,
  workers,
} from './variable.ts';

export type Environment = Record<string, string | undefined>;

/** Every variable that the service reads, in the order of docs/configuration.md and of .env.example. */
export const variables = {
  PORT: integer(3002, 0, 65_535, 'Port to listen on; 0 takes any free one'),
  HOST: optionalText('Address to listen on', '0.0.0.0 in production, otherwise 127.0.0.1'),
  NODE_ENV: choice(
    'development',
    ['development', 'test', 'production'],
    'In production no server is embedded, and an unsafe JWT_SECRET stops the start',
  ),
  WORKERS: workers(
    '1',
    256,
    'Processes behind the port, each an instance of its own; auto: one for each processor',
  ),
  DATABASE_URL: databaseUrl(
    'PostgreSQL in one address, as providers give it; what it says counts before the variables below',
    'none',
  ),
  DB_HOST: hosts(
    'postgres-service',
    'PostgreSQL host; of several servers of one database, as `db-1,db-2:5433`, the one that accepts writes is used; ' +
      'if unset outside production, the service starts its own',
  ),
  DB_PORT: integer(5432, 1, 65_535, 'PostgreSQL port'),
  DB_NAME: text('tiketi', 'Database name'),
  DB_USER: text('tiketi_user', 'Database user'),
  DB_PASSWORD: secret('tiketi_pass', "The database user's password"),
  DB_SSL: choice(
    'off',
    ['off', 'require', 'verify'],
    'TLS to PostgreSQL; `verify` also checks the certificate',
  ),
  DB_POOL_SIZE: integer(
    20,
    4,
    500,
    'Connections to PostgreSQL per instance, including those of the sale lanes, three for payments, cancellations and the sweep, two for callers without an account, two for reports and exports, and one that checks its health',
  ),
  DATABASE_READ_URL: databaseUrl(
    'A replica of PostgreSQL for reports, exports and lists, in one address; what it leaves out is as for the primary',
    'none: the primary answers all reads',
  ),
  DB_READ_HOST: optionalHost('The same as a host, in place of DATABASE_READ_URL', 'none'),
  DB_READ_MAX_LAG_MS: integer(
    1_000,
    10,
    60_000,
    'How long a read waits at most until the replica has all that was committed before; then the primary answers, and the replica is not asked until it has caught up',
  ),
  REDIS_URL: redisUrl(
    'Redis in one address, as providers give it; what it says counts before the variables below',
    'none',
  ),
  REDIS_HOST: text(
    'dragonfly-service',
    'Redis, Valkey or Dragonfly host; if unset outside production, the service starts its own',
  ),
  REDIS_PORT: integer(6379, 1, 65_535, 'Redis port'),
  REDIS_USERNAME: optionalText('Redis user, of an ACL', 'none: the user `default`'),
  REDIS_PASSWORD: optionalSecret("The Redis user's password", 'none'),
  REDIS_DB: integer(0, 0, 1_000_000, 'Number of the Redis database'),
  REDIS_TLS: flag(false, 'TLS to Redis'),
  REDIS_SENTINELS: optionalAddresses(
    'sentinel-1:26379',
    'Redis Sentinels, which name the master, in place of REDIS_HOST and REDIS_PORT; after a failover the service follows them',
    'none',
  ),
  REDIS_SENTINEL_MASTER: text('mymaster', 'Name of the master that the Sentinels watch'),
  REDIS_SENTINEL_USERNAME: optionalText('User of the Sentinels, of an ACL', 'none: the user `default`'),
  REDIS_SENTINEL_PASSWORD: optionalSecret("Password of the Sentinels' user", 'none'),
  REDIS_CLUSTER: optionalAddresses(
    'node-1:6379',
    'Some nodes of a Redis cluster, which name the others, in place of REDIS_HOST and REDIS_PORT',
    'none',
  ),
  REDIS_PREFIX: text('tiketi', 'Prefix of every key and channel, for a Redis shared with other applications'),
  JWT_SECRET: optionalSecret(
    'Secret with which the auth service signs its HS256 tokens, at least 32 bytes',
    'required in production, otherwise a random one kept in DATA_DIR',
  ),
  JWT_REQUIRE_EXP: flag(
    true,
    'Refuse tokens without `exp`, which would be valid for ever; `false` only for an auth service that signs such tokens',
  ),
  FRONTEND_URL: origins(
    'http://localhost:3000',
    'Origins that browsers may call from (CORS). In `https://*.previews.example` the `*` stands for exactly one label. ' +
      "Its parent must be a domain of your own, and no public suffix: `https://*.github.io` lets in everyone's site. " +
      'If unset outside production: `http://localhost` and `http://127.0.0.1` on any port',
  ),
  OUTBOX_DAYS: integer(7, 1, 365, 'Days for which what happened is kept for webhooks and the feed'),
  WEBHOOK_PRIVATE_ADDRESSES: flag(
    false,
    'Let webhooks go to private and loopback addresses, to any port, and by plain http; for tests, and for networks in which every organizer may reach every service',
  ),
  WEBHOOK_TIMEOUT_SECONDS: integer(10, 1, 60, 'The longest that an address may take to answer a webhook'),
  AUTH_SERVICE_URL: url('http://auth-service:3001', 'Auth service, named in /docs as the source of tokens'),
  WEB: optionalChoice(
    ['demo', 'off'],
    'Pages for buyers at `/`. In `demo` a visitor gets a throwaway user, and a page plays the payment service: for looking around, ' +
      'never for a real sale',
    '`demo` in development, otherwise `off`',
  ),
  WEB_CONSOLE: optionalFlag(
    'Control room for organizers and administrators at `/console`',
    '`true` in development, otherwise `false`',
  ),
  AUTH_LOGIN_URL: optionalUrl(
    'Page where buyers sign in, in place of the throwaway users of `WEB=demo` (docs/web.md)',
    'none: a visitor gets a throwaway user',
  ),
  LOG_LEVEL: choice(
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'Lowest level that is logged',
  ),
  LOG_READS_PER_SECOND: integer(
    100,
    0,
    1_000_000,
    'Log lines per second for public reads that went well within 250 ms; refusals, slow reads and all other requests are always logged',
  ),
  METRICS_TOKEN: optionalSecret(
    'Bearer token required by `GET /metrics`',
    'none: open outside production, closed in production',
  ),
  TRUST_PROXY: flag(false, 'Take the client address from X-Forwarded-For; only behind a proxy that sets it'),
  DATA_DIR: text('.data', 'Folder of the embedded PostgreSQL and Redis'),
  MIGRATE_ON_START: flag(true, 'Migrate the schema at the start; `npm run migrate` does only that'),
  SHUTDOWN_DELAY_SECONDS: integer(
    0,
    0,
    300,
    'How long an instance serves on after SIGTERM while `/health/ready` is a 503, so that load balancers find other instances',
  ),
  REQUESTS_PER_MINUTE: integer(
    600,
    1,
    1_000_000,
    'Authenticated requests per user and minute, on each instance',
  ),
  EDGE_CACHE_SECONDS: integer(
    1,
    0,
    60,
    'How long a CDN or proxy may answer public reads of events, tickets and seats by itself, layouts ten times as long; 0: it asks each time',
  ),
  LARGE_ANSWERS_MB_PER_SECOND: integer(
    100,
    0,
    100_000,
    'Megabytes of answers of 64 KiB and more, such as seat maps, that one address gets in a second from each instance. ' +
      'Nearly 1 Gbit/s, so that a whole venue may share an address; 0 for no limit',
  ),
  LIVE_CONNECTIONS: integer(
    20_000,
    1,
    1_000_000,
    'Live streams, as Server-Sent Events or plain WebSockets, on each instance; any more get a 503',
  ),
  LIVE_CONNECTIONS_PER_ADDRESS: integer(
    2_000,
    1,
    1_000_000,
    'Live streams of one IPv4 address, or of one IPv6 network of 64 bits, on each instance; any more get a 429. A venue shares one address',
  ),
  PUBLIC_URL: optionalUrl(
    'Address at which browsers reach this service; the addresses of uploaded posters begin with it',
    'none: they are paths, for frontends behind the same host',
  ),
  POSTER_STORE: choice(
    'postgres',
    ['postgres', 'folder', 's3'],
    'Where uploaded posters are kept; those that another store has are not moved',
  ),
  POSTER_FOLDER: text('.data/posters', 'With `folder`: a folder that all instances share'),
  POSTER_BUCKET_URL: optionalUrl(
    'With `s3`: address of the bucket in any S3-compatible store, such as `https://bucket.s3.ap-northeast-2.amazonaws.com`; a path behind it is a prefix of the objects',
    'required with `POSTER_STORE=s3`',
  ),
  POSTER_BUCKET_REGION: text('us-east-1', 'With `s3`: region that requests are signed for'),
  POSTER_BUCKET_KEY_ID: optionalSecret('With `s3`: name of the key', 'required with `POSTER_STORE=s3`'),
  POSTER_BUCKET_SECRET: optionalSecret('With `s3`: the key', 'required with `POSTER_STORE=s3`'),
  HOLD_SECONDS: integer(300, 1, 7_200, 'How long seats and tickets are held for a payment'),
  SWEEP_INTERVAL_MS: integer(
    1_000,
    50,
    60_000,
    'How often expired holds are swept: ended, with seats and stock returned',
  ),
  MAX_SEATS_PER_RESERVATION: integer(4, 1, 100, 'Seats in one reservation'),
  MAX_SEATS_PER_USER: integer(4, 1, 1_000, 'Seats of one event that a user may hold or own'),
  MAX_TICKETS_PER_RESERVATION: integer(8, 1, 1_000, 'Tickets in one reservation'),
  MAX_TICKETS_PER_USER: integer(8, 1, 10_000, 'Tickets of one event that a user may hold or own'),
  EXTEND_SECONDS: integer(180, 1, 3_600, 'How much longer a hold lasts after its owner extends it, once'),
  SEAT_LOCKS: flag(
    false,
    'Lock seats in Redis before asking PostgreSQL; docs/benchmarks.md says when this pays',
  ),
  SALE_LANES: integer(
    2,
    1,
    64,
    'Group commits that may run at the same time on one instance; at least 2 fewer than DB_POOL_SIZE',
  ),
  SALE_BATCH_SIZE: integer(128, 1, 1_000, 'Hold requests in one group commit'),
  SALE_QUEUE_CAPACITY: integer(
    5_000,
    1,
    1_000_000,
    'Hold requests that may wait for a group commit; any more get a 503',
  ),
  QUEUE_THRESHOLD: integer(
    1_000,
    0,
    10_000_000,
    'People inside one event at the same time; everyone else waits',
  ),
  QUEUE_TTL_SECONDS: integer(300, 1, 86_400, 'Silence after which a person inside loses their place'),
  QUEUE_WAITING_TTL_SECONDS: optionalInteger(
    1,
    86_400,
    'Silence after which a person in line loses their place, unless the event sets its own limit',
    'same as QUEUE_TTL_SECONDS',
  ),
  QUEUE_TICK_MS: integer(1_000, 50, 60_000, 'How often the line moves and is announced'),
  QUEUE_REFORM_SECONDS: integer(
    10,
    0,
    600,
    'After Redis loses the line, how long it stands still so that people can reclaim their places',
  ),
  QUEUE_FREE_PLACE_ON: choice(
    'none',
    ['none', 'confirmed', 'cancelled', 'both'],
    'Which end of a reservation also gives up the place inside',
  ),
  ...tracingVariables,
};

/** Reads a table of variables. An empty one counts as unset: `JWT_SECRET=` in an env file must not become an empty secret. */
export function read<S extends Record<string, Variable<unknown>>>(
  table: S,
  environment: Environment,
): { values: Values<S>; problems: string[] } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(table)) {
    const given = environment[name] || variable.fallback;
    if (given === undefined) continue;
    values[name] = variable.parse(given);
    if (values[name] === undefined) {
      // An address with a password may be in the wrong variable.
      const isSecret = variable.isSecret || /:\/\/.*:.*@/.test(given);
      const shown = isSecret ? 'a value' : JSON.stringify(given);
      problems.push(`${name} is ${shown}: expected ${variable.expected}`);
    }
  }
  return { values: values as Values<S>, problems };
}
