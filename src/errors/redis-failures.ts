import { ReplyError } from 'ioredis';

/** Why a Redis that answers cannot do its work. */
export interface RedisFailure {
  /** For the log, after "Redis". */
  reason: string;
  /** Whether the address of Redis probably leads to another server by now, or soon. */
  moved: boolean;
}

const moved = (reason: string): RedisFailure => ({ reason, moved: true });
const stays = (reason: string): RedisFailure => ({ reason, moved: false });

/**
 * The error replies that pass by themselves or by an operator's hand. Buyers get the same for all of them: sales go on, those in line
 * are asked to come again (503). Every other reply, such as WRONGTYPE, is an error of ours.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
const FAILURES: Record<string, RedisFailure> = {
  // After a failover, while our connections to the old master are still open.
  READONLY: moved('is a read-only replica, and REDIS_HOST must lead to the master'),
  MASTERDOWN: moved('is a replica without its master, and REDIS_HOST must lead to the master'),
  // A master that was cut off from its replicas, one of which may be the master now.
  NOREPLICAS: moved('has too few replicas to accept writes (min-replicas-to-write)'),
  // A restart, or a demoted master that loads the data of the new one.
  LOADING: moved('is loading its data'),
  // A node of a cluster that isn't the master of our keys, or no longer.
  MOVED: moved('is not the node of a cluster that has our keys'),
  CLUSTERDOWN: moved('is part of a cluster that is down'),
  // The password was changed, or the address leads to another server already.
  NOAUTH: moved('asks for a password (REDIS_PASSWORD)'),
  WRONGPASS: moved('refuses the password (REDIS_PASSWORD)'),
  NOPERM: moved('does not permit this user the commands or keys that the service needs'),
  // The same server goes on as soon as it can.
  ASK: stays('is moving our keys to another node'),
  TRYAGAIN: stays('is moving our keys to another node'),
  OOM: stays('is full (maxmemory)'),
  MISCONF: stays('refuses writes because it cannot save its data to disk'),
  BUSY: stays('is busy with a long script'),
};

/** The code of an error reply. Redis 6 and its kin wrap the error of a command inside a script. */
const REPLY_CODE = /^(?:ERR Error running script .*?: -)?([A-Z]+) /;

/** NOPERM of a command inside a script: in Redis 7.0, and since. */
const DENIED_IN_SCRIPT = /^ERR (The user executing the script can't|ACL failure in script)/;

/** @returns undefined for every other error */
export function redisFailureOf(error: unknown): RedisFailure | undefined {
  if (!(error instanceof ReplyError)) return undefined;
  const { message } = error as Error;
  const code = DENIED_IN_SCRIPT.test(message) ? 'NOPERM' : REPLY_CODE.exec(message)?.[1];
  return code === undefined ? undefined : FAILURES[code];
}

/**
 * Messages of ioredis whose errors have neither a code nor a class that it exports: for a command without an answer in time, for one
 * that was not sent because there is no connection, and for those that a broken connection took with it. A test provokes each of them.
 */
const TIMED_OUT = 'Command timed out';
const DISCONNECTED =
  /^(Stream isn't writeable|Connection is closed|Reached the max retries|Failed to refresh slots|Too many Cluster redirections)/;

/** Whether Redis did not answer a command in time. */
export function isRedisTimeout(error: Error): boolean {
  return error.message === TIMED_OUT;
}

/** Whether there was no connection to Redis, for a reason that another error tells. */
export function isRedisDisconnect(error: Error): boolean {
  return DISCONNECTED.test(error.message);
}

/** Whether Redis cannot do the work now, so that a retry later makes sense. System errors such as ECONNREFUSED aside. */
export function isRedisUnavailable(error: Error): boolean {
  return redisFailureOf(error) !== undefined || isRedisTimeout(error) || isRedisDisconnect(error);
}
