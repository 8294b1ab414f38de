import type { Address } from './variable.ts';

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
  /** Of an ACL; `undefined`: the user `default`. */
  username: string | undefined;
  password: string | undefined;
  /** The number of the database. */
  database: number;
  tls: boolean;
  /** Who names the master; its host and port then count no more. */
  sentinel: SentinelSettings | undefined;
}

interface SentinelSettings {
  addresses: Address[];
  master: string;
  username: string | undefined;
  password: string | undefined;
}
