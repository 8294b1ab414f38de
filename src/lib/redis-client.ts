import type { Cluster, Redis } from 'ioredis';

/** One Redis, or a cluster. */
export type RedisClient = Redis | Cluster;
