import { developmentSecret } from './development-secret.ts';
import { type Environment, read, settings } from './environment.ts';

export interface Config {
  port: number;
  host: string;
  production: boolean;
  /** `undefined`: nothing configured and not in production, so the service brings its own. */
  database: DatabaseSettings | undefined;
  redis: RedisSettings | undefined;
  redisPrefix: string;
  jwtSecret: string;
  frontendUrls: string[];
  authServiceUrl: string;
  logLevel: string;
  /** What whoever reads the metrics has to bring. */
  metricsToken: string | undefined;
  trustProxy: boolean;
  dataDirectory: string;
  requestsPerMinute: number;
  migrateOnStart: boolean;
  sale: SaleSettings;
  queue: QueueSettings;
}

export interface DatabaseSettings {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  ssl: 'off' | 'require' | 'verify';
  poolSize: number;
}

export interface RedisSettings {
  host: string;
  port: number;
  password: string | undefined;
  tls: boolean;
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
  /** Group commits that may be under way at the same time; each event has its lane. */
  lanes: number;
  /** Demands in one group commit. */
  batchSize: number;
  /** Demands that may wait in a lane. */
  queueCapacity: number;
}

export interface QueueSettings {
  /** People inside one event at the same time, where the event has no number of its own. */
  threshold: number;
  /** Silence that ends a place inside. */
  insideTtlSeconds: number;
  /** Silence that ends a place in line. */
  waitingTtlSeconds: number;
  tickMs: number;
  /** After a loss of Redis, how long the line waits for those who bring their places back. */
  reformSeconds: number;
  /** What becomes of a reservation that also gives up the place inside. */
  freePlaceOn: 'none' | 'confirmed' | 'cancelled' | 'both';
}

/** Secrets that stand in documents and examples: as good as no secret at all. */
const WELL_KNOWN_SECRETS =
  /^(change|changeme|secret|your|example|test|default|jwt|tiketi|password)|(.)\2{7}|-secret-key/i;

/** All that is wrong with the environment, each line with what was expected. */
export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the whole configuration from the environment. `settings.ts` lists the variables.
 *
 * @throws ConfigError with everything that is wrong at once
 */
export function loadConfig(environment: Environment = readEnvironment()): Config {
  const { values, problems } = read(settings, environment);
  const production = values.NODE_ENV === 'production';
  if (production) problems.push(...secretProblems(values.JWT_SECRET));
  if (values.SALE_LANES > values.DB_POOL_SIZE - 2)
    problems.push(
      `SALE_LANES is ${values.SALE_LANES}: expected at least 2 fewer than DB_POOL_SIZE, which is ${values.DB_POOL_SIZE}`,
    );
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    port: values.PORT,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    production,
    database:
      production || environment.DB_HOST
        ? {
            host: values.DB_HOST,
            port: values.DB_PORT,
            database: values.DB_NAME,
            user: values.DB_USER,
            password: values.DB_PASSWORD,
            ssl: values.DB_SSL,
            poolSize: values.DB_POOL_SIZE,
          }
        : undefined,
    redis:
      production || environment.REDIS_HOST
        ? {
            host: values.REDIS_HOST,
            port: values.REDIS_PORT,
            password: values.REDIS_PASSWORD,
            tls: values.REDIS_TLS,
          }
        : undefined,
    redisPrefix: values.REDIS_PREFIX,
    jwtSecret: values.JWT_SECRET ?? developmentSecret(values.DATA_DIR),
    frontendUrls: values.FRONTEND_URL,
    authServiceUrl: values.AUTH_SERVICE_URL,
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    trustProxy: values.TRUST_PROXY,
    dataDirectory: values.DATA_DIR,
    requestsPerMinute: values.REQUESTS_PER_MINUTE,
    migrateOnStart: values.MIGRATE_ON_START,
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
  };
}

/** The process' environment, and beneath it what stands in `.env`, if there is one. */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return process.env;
}

function secretProblems(secret: string | undefined): string[] {
  const advice = "32 random bytes or more, for example from 'openssl rand -base64 48'";
  if (secret === undefined) return [`JWT_SECRET is missing: in production it must be set (${advice})`];
  if (Buffer.byteLength(secret) < 32) return [`JWT_SECRET is too short: expected ${advice}`];
  if (WELL_KNOWN_SECRETS.test(secret)) return [`JWT_SECRET looks like an example: expected ${advice}`];
  return [];
}
