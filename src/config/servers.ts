import type { Address } from './variable.ts';

export interface DatabaseSettings {
  host: string;
  port: number;
  /** More servers of the same database. The one that accepts writes is used. */
  others?: Address[];
  database: string;
  user: string;
  password: string;
  ssl: 'off' | 'require' | 'verify';
  poolSize: number;
  replica?: ReplicaSettings;
}

/** A replica for reads, which is asked while it lags no more than this. */
export interface ReplicaSettings extends Omit<DatabaseSettings, 'others' | 'replica'> {
  maxLagMs: number;
}

export interface RedisSettings {
  host: string;
  port: number;
  /** A user of Redis' access control list. `undefined` stands for the user `default`. */
  username: string | undefined;
  password: string | undefined;
  /** The number of the database. */
  database: number;
  tls: boolean;
  /** The Sentinels that name the master. With them, `host` and `port` have no meaning. */
  sentinel: SentinelSettings | undefined;
  /** Some nodes of a cluster, which name the others. With them, `host` and `port` have no meaning. */
  cluster: Address[] | undefined;
}

interface SentinelSettings {
  addresses: Address[];
  master: string;
  username: string | undefined;
  password: string | undefined;
}
