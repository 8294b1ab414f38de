import { SolvableError } from '../errors/solvable.ts';
import type { TracingSettings } from '../tracing/settings.ts';
import { databaseSettings, redisProblems, redisSettings, replicaProblems } from './configured-servers.ts';
import { type Environment, read, variables } from './environment.ts';
import { type AllowedOrigin, LOCAL_ORIGINS } from './origins.ts';
import type { DatabaseSettings, RedisSettings } from './servers.ts';
import { tracingSettings } from './tracing-variables.ts';

export interface Config {
  port: number;
  host: string;
  production: boolean;
  /** Processes behind the port, each an instance of its own. */
  workers: number;
  /** `undefined`: not configured, so that the service starts its own; never in production. */
  database: DatabaseSettings | undefined;
  /** As `database`. */
  redis: RedisSettings | undefined;
  /** Connections to PostgreSQL, whether it is configured or embedded. */
  databasePoolSize: number;
  redisPrefix: string;
  /** `undefined`: not configured, so that `developmentSecret()` makes one; never in production. */
  jwtSecret: string | undefined;
  /** Refuse access tokens without `exp`. */
  jwtRequireExpiry: boolean;
  frontendUrls: AllowedOrigin[];
  authServiceUrl: string;
  logLevel: string;
  /** Log lines for ordinary public reads. */
  logReadsPerSecond: number;
  /** The bearer token that the metrics require. */
  metricsToken: string | undefined;
  trustProxy: boolean;
  dataDirectory: string;
  shutdownDelaySeconds: number;
  requestsPerMinute: number;
  /** Bytes of large answers by address; 0 for no limit. */
  largeBytesPerSecond: number;
  /** How long a cache at the edge may answer; 0 for not at all. */
  edgeSeconds: number;
  migrateOnStart: boolean;
  /** Where browsers reach the service. */
  publicUrl: string | undefined;
  web: WebSettings;
  posters: PosterSettings;
  live: LiveSettings;
  sale: SaleSettings;
  queue: QueueSettings;
  outbox: OutboxSettings;
  /** `undefined`: off. */
  tracing: TracingSettings | undefined;
}

/** The web pages. */
export interface WebSettings {
  /** Pages for buyers at `/`, with a page that plays the payment service. */
  boxOffice: boolean;
  /** The control room at `/console`. */
  console: boolean;
  /** Where buyers sign in, in place of throwaway users. */
  loginUrl: string | undefined;
  /** Outside production: a click makes an organizer or an administrator, and a crowd of simulated buyers may come. */
  playground: boolean;
  /** Compile the pages from their sources when a browser asks for them, in place of what `npm run build:web` built. */
  development: boolean;
}

/** What happened, for other systems. */
export interface OutboxSettings {
  keptDays: number;
  /** Webhooks may go to addresses of private networks, to any port and by plain http. */
  privateAddresses: boolean;
  timeoutMs: number;
}

export interface S3Settings {
  /** Of the bucket. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Where uploaded posters are kept. */
export type PosterSettings =
  | { kind: 'postgres' }
  | { kind: 'folder'; folder: string }
  | ({ kind: 's3' } & S3Settings);

/** The most live streams on one instance. */
export interface LiveSettings {
  connections: number;
  connectionsPerAddress: number;
}

export interface SaleSettings {
  holdSeconds: number;
  sweepIntervalMs: number;
  maxSeatsPerReservation: number;
  maxSeatsPerUser: number;
  maxTicketsPerReservation: number;
  maxTicketsPerUser: number;
  extendSeconds: number;
  /** Take seat locks in Redis before asking PostgreSQL. */
  seatLocks: boolean;
  /** Group commits that may run at the same time; each event has its lane. */
  lanes: number;
  /** Hold requests in one group commit. */
  batchSize: number;
  /** Hold requests that may wait in a lane. */
  queueCapacity: number;
}

export interface QueueSettings {
  /** People inside one event at the same time, unless the event has a threshold of its own. */
  threshold: number;
  /** Seconds without contact that end a stay inside. */
  insideTtlSeconds: number;
  /** Seconds without contact that end a place in line. */
  waitingTtlSeconds: number;
  tickMs: number;
  /** Seconds without admission after a loss of Redis, in which waiting people restore their places. */
  reformSeconds: number;
  /** Ends of a reservation after which the buyer leaves the waiting room. */
  freePlaceOn: 'none' | 'confirmed' | 'cancelled' | 'both';
}

/** Secrets from documents and examples, which are as good as no secret. */
const WELL_KNOWN_SECRETS =
  /^(change|changeme|secret|your|example|test|default|jwt|tiketi|password)|(.)\2{7}|-secret-key/i;

/** Names every wrong variable, each with what was expected. */
export class ConfigError extends SolvableError {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the whole configuration from the environment and writes no file. `environment.ts` lists the variables.
 *
 * @throws ConfigError with all problems at once
 */
export function loadConfig(environment: Environment = readEnvironment()): Config {
  const { values, problems } = read(variables, environment);
  const production = values.NODE_ENV === 'production';
  const development = values.NODE_ENV === 'development';
  if (production) problems.push(...secretProblems(values.JWT_SECRET));
  problems.push(...redisProblems(values));
  if (problems.length === 0) problems.push(...replicaProblems(values, environment));
  if (values.SALE_LANES > values.DB_POOL_SIZE - 2)
    problems.push(
      `SALE_LANES is ${values.SALE_LANES}: expected at least 2 fewer than DB_POOL_SIZE, which is ${values.DB_POOL_SIZE}`,
    );
  const posters = posterSettings(values);
  if (!posters)
    problems.push(
      'POSTER_STORE is s3: expected POSTER_BUCKET_URL, POSTER_BUCKET_KEY_ID and POSTER_BUCKET_SECRET',
    );
  if (problems.length > 0 || !posters) throw new ConfigError(problems);

  return {
    port: values.PORT,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    production,
    workers: values.WORKERS,
    database: databaseSettings(values, environment),
    redis: redisSettings(values, environment),
    databasePoolSize: values.DB_POOL_SIZE,
    redisPrefix: values.REDIS_PREFIX,
    jwtSecret: values.JWT_SECRET,
    jwtRequireExpiry: values.JWT_REQUIRE_EXP,
    frontendUrls: production || environment.FRONTEND_URL ? values.FRONTEND_URL : LOCAL_ORIGINS,
    authServiceUrl: values.AUTH_SERVICE_URL,
    logLevel: values.LOG_LEVEL,
    logReadsPerSecond: values.LOG_READS_PER_SECOND,
    metricsToken: values.METRICS_TOKEN,
    trustProxy: values.TRUST_PROXY,
    dataDirectory: values.DATA_DIR,
    shutdownDelaySeconds: values.SHUTDOWN_DELAY_SECONDS,
    requestsPerMinute: values.REQUESTS_PER_MINUTE,
    edgeSeconds: values.EDGE_CACHE_SECONDS,
    largeBytesPerSecond: values.LARGE_ANSWERS_MB_PER_SECOND * 1_000_000,
    migrateOnStart: values.MIGRATE_ON_START,
    publicUrl: values.PUBLIC_URL,
    web: {
      boxOffice: (values.WEB ?? (development ? 'demo' : 'off')) === 'demo',
      console: values.WEB_CONSOLE ?? development,
      loginUrl: values.AUTH_LOGIN_URL,
      playground: !production,
      development,
    },
    posters,
    live: {
      connections: values.LIVE_CONNECTIONS,
      connectionsPerAddress: values.LIVE_CONNECTIONS_PER_ADDRESS,
    },
    sale: {
      holdSeconds: values.HOLD_SECONDS,
      sweepIntervalMs: values.SWEEP_INTERVAL_MS,
      maxSeatsPerReservation: values.MAX_SEATS_PER_RESERVATION,
      maxSeatsPerUser: values.MAX_SEATS_PER_USER,
      maxTicketsPerReservation: values.MAX_TICKETS_PER_RESERVATION,
      maxTicketsPerUser: values.MAX_TICKETS_PER_USER,
      extendSeconds: values.EXTEND_SECONDS,
      seatLocks: values.SEAT_LOCKS,
      lanes: values.SALE_LANES,
      batchSize: values.SALE_BATCH_SIZE,
      queueCapacity: values.SALE_QUEUE_CAPACITY,
    },
    queue: {
      threshold: values.QUEUE_THRESHOLD,
      insideTtlSeconds: values.QUEUE_TTL_SECONDS,
      waitingTtlSeconds: values.QUEUE_WAITING_TTL_SECONDS ?? values.QUEUE_TTL_SECONDS,
      tickMs: values.QUEUE_TICK_MS,
      reformSeconds: values.QUEUE_REFORM_SECONDS,
      freePlaceOn: values.QUEUE_FREE_PLACE_ON,
    },
    outbox: {
      keptDays: values.OUTBOX_DAYS,
      privateAddresses: values.WEBHOOK_PRIVATE_ADDRESSES,
      timeoutMs: values.WEBHOOK_TIMEOUT_SECONDS * 1_000,
    },
    tracing: tracingSettings(values),
  };
}

/** The environment of this process; `.env`, if there is one, adds variables that are missing in it. */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return process.env;
}

/** @returns `undefined` if a variable is missing */
function posterSettings(
  values: ReturnType<typeof read<typeof variables>>['values'],
): PosterSettings | undefined {
  if (values.POSTER_STORE === 'folder') return { kind: 'folder', folder: values.POSTER_FOLDER };
  if (values.POSTER_STORE !== 's3') return { kind: 'postgres' };
  const {
    POSTER_BUCKET_URL: url,
    POSTER_BUCKET_REGION: region,
    POSTER_BUCKET_KEY_ID: accessKeyId,
    POSTER_BUCKET_SECRET: secretAccessKey,
  } = values;
  if (!url || !accessKeyId || !secretAccessKey) return undefined;
  return { kind: 's3', url, region, accessKeyId, secretAccessKey };
}

function secretProblems(secret: string | undefined): string[] {
  const advice = "32 random bytes or more, for example from 'openssl rand -base64 48'";
  if (secret === undefined) return [`JWT_SECRET is missing: in production it must be set (${advice})`];
  if (Buffer.byteLength(secret) < 32) return [`JWT_SECRET is too short: expected ${advice}`];
  if (WELL_KNOWN_SECRETS.test(secret)) return [`JWT_SECRET looks like an example: expected ${advice}`];
  return [];
}
