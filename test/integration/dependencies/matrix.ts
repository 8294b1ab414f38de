/*
 * What the service does in each state of PostgreSQL and of Redis. The tests beside this file bring about each state on real servers and
 * compare. `npm run generate` makes docs/dependencies.md from it.
 */

/** Each operation that is asked in each state, and its answer while both are well. */
export const operations = {
  read: { about: 'a buyer lists their reservations', well: '200' },
  search: { about: 'a visitor searches the events', well: '200' },
  'seat map': { about: 'a visitor opens a seat map that is not in memory', well: '200' },
  stock: { about: 'a visitor asks for the stock of tickets that is not in memory', well: '200' },
  check: { about: 'a buyer asks for entry to an event without a line', well: 'not queued' },
  status: { about: 'a visitor asks for their place in an event without a line', well: 'not queued' },
  place: { about: 'the first in line asks for their place', well: 'place 1' },
  hold: { about: 'a buyer holds a seat of an event without a line', well: '201' },
  taken: { about: 'a buyer wants a seat that another one holds', well: '409 SEAT_UNAVAILABLE' },
  buy: { about: 'a buyer takes a ticket of an event without a line', well: '201' },
  'hold inside': { about: 'a buyer who is inside holds a seat of an event with a line', well: '201' },
  overtake: { about: 'a buyer who is not in line tries the same', well: '403 QUEUE_REQUIRED' },
  confirm: { about: 'the payment service confirms a reservation', well: '200' },
  cancel: { about: 'a buyer cancels a reservation', well: '200' },
  extend: { about: 'a buyer extends a hold', well: '200' },
  sweep: { about: 'a hold whose time is up is swept', well: 'swept' },
  news: { about: "an instance's news reach the sockets of every instance", well: 'everywhere' },
  start: { about: 'another instance starts', well: 'starts' },
  stop: { about: 'an instance stops', well: 'stops' },
} as const;

export type Operation = keyof typeof operations;
export type Answers = Record<Operation, string>;

export interface State {
  /** What it means, and what brings it about in real operations. */
  meaning: string;
  /** How the tests bring it about. */
  how: string;
  /** Answers that differ from those while both are well. A 503 is a SERVICE_UNAVAILABLE with Retry-After. */
  answers: Partial<Answers>;
  /** Whether `GET /health/ready` and the gauge say that the dependency is up. */
  up: boolean;
  /** What an instance logs once each, beside its requests and `parts`, from the beginning of the state until everything works again. */
  log: readonly string[];
}

/**
 * Parts of the service that say once that they fail, and go on by themselves. When they meet a state depends on the moment, so each may
 * log its line once in any state.
 */
export const parts: readonly string[] = [
  'a PostgreSQL connection failed: all are replaced',
  'the sweep of expired holds failed; it will try again',
  'the settings of the waiting rooms stay as they are until PostgreSQL is back',
  'the snapshots of the waiting rooms are not written until PostgreSQL is back',
  'the catalogue stays as it is until PostgreSQL is back',
  'events in memory can not be compared with PostgreSQL; it will try again',
  'old changes of events were not deleted; it will try again',
  'old idempotency keys were not deleted; it will try again',
  'old rows of the outbox were not deleted; it will try again',
  'the reservations of a cancelled event were not cancelled; it will try again',
  'blocked seats were not released at their time; it will try again',
  'what happened is not published to webhooks and the feed; it will try again',
  'no webhooks are sent; it will try again',
];

const noWrites = {
  hold: '503',
  taken: '503',
  buy: '503',
  'hold inside': '503',
  confirm: '503',
  cancel: '503',
  extend: '503',
  sweep: 'later',
};
// A search is answered from the catalogue in memory, like lists.
const uncached = { read: '503', 'seat map': '503', stock: '503' };
// Redis refuses to let a buyer overtake, but whether the same key was answered before is in PostgreSQL.
const noReads = { ...uncached, ...noWrites, overtake: '503' };
const postgresDown = {
  answers: { ...noReads, start: 'waits' },
  up: false,
  log: ['PostgreSQL is down or read-only: sales are answered 503 until it is back', 'PostgreSQL is back'],
};

export const postgresStates = {
  gone: {
    meaning: 'The server has crashed or is stopped: connections break, and new ones are refused',
    how: 'A proxy closes every connection and its port',
    ...postgresDown,
  },
  stalled: {
    meaning: 'The network drops every packet: connections stay open, and no answer comes',
    how: 'A proxy forwards no bytes',
    ...postgresDown,
  },
  refusing: {
    meaning: 'The server answers, but the login of the service is refused',
    how: '`ALTER ROLE … NOLOGIN`, and its backends are terminated',
    ...postgresDown,
    answers: { ...noReads, start: 'ends' },
  },
  slow: {
    meaning:
      'Statements reach their time limits: another transaction locks the tables, or the disk is too slow',
    how: '`LOCK TABLE … IN ACCESS EXCLUSIVE MODE` in another transaction',
    answers: { ...uncached, ...noWrites, start: 'ends' },
    up: true,
    log: [],
  },
  'read-only': {
    meaning: 'Every session may only read: the address leads to a replica',
    how: '`ALTER ROLE … SET default_transaction_read_only = on`, and its backends are terminated; again at the end',
    answers: { ...noWrites, start: 'waits' },
    up: false,
    log: postgresDown.log,
  },
  'switched over': {
    meaning: 'New sessions may write again, but the open ones were made while the server was read-only',
    how: 'As `read-only`, but no backend is terminated at the end',
    answers: { ...noWrites, start: 'waits' },
    up: false,
    log: postgresDown.log,
  },
  'out of connections': {
    meaning: 'The server or the role has no connection left',
    how: '`ALTER ROLE … CONNECTION LIMIT 0`, and its backends are terminated',
    ...postgresDown,
  },
  recovering: {
    meaning: 'The server replays its log after a crash',
    how: 'A server of its own: one backend gets SIGKILL, and a stopped one (SIGSTOP) delays the recovery',
    ...postgresDown,
  },
  full: {
    meaning: 'The disk is full: reading goes on, and every write fails',
    how: 'Triggers raise SQLSTATE 53100 for every write of the service: filling a real disk takes privileges that CI lacks',
    answers: noWrites,
    up: true,
    log: [],
  },
} satisfies Record<string, State>;

const withoutRedis = { place: '503', overtake: '503', news: 'own instance' };
const off = 'waiting rooms and seat locks are off until it is back';
/** @param is why Redis is away, as the log says it */
const redisDown = (is: string, ...more: string[]) => ({
  answers: withoutRedis,
  up: false,
  log: [`Redis ${is}: ${off}`, ...more, 'Redis is back'],
});
const lost = 'Redis has lost its data: the lines form again';

export const redisStates = {
  gone: {
    meaning: 'The server has crashed or is stopped. It comes back empty',
    how: 'The server is stopped, and started again without its data',
    ...redisDown('is away', lost),
  },
  stalled: {
    meaning: 'Connections stay open, and no answer comes',
    how: 'SIGSTOP',
    answers: withoutRedis,
    up: false,
    log: ['Redis answers late: waiting rooms and seat locks are off until it recovers', 'Redis is back'],
  },
  READONLY: {
    meaning: 'The master was demoted, and is promoted again',
    how: '`REPLICAOF` a server that is not there, and `REPLICAOF NO ONE`',
    ...redisDown('is a read-only replica, and REDIS_HOST must lead to the master'),
  },
  demoted: {
    meaning:
      'The master was demoted while connections are open. The address leads to the new master only at the end',
    how: 'Two servers behind a proxy: the replica is promoted, and then the proxy leads to it',
    ...redisDown('is a read-only replica, and REDIS_HOST must lead to the master'),
  },
  MASTERDOWN: {
    meaning: 'A replica that lost its master and may not answer with old data',
    how: '`replica-serve-stale-data no` and `REPLICAOF` a server that is not there',
    ...redisDown('is a replica without its master, and REDIS_HOST must lead to the master'),
  },
  LOADING: {
    meaning: 'The server reads its data after a restart',
    how: '`DEBUG RELOAD` with a `key-load-delay`',
    ...redisDown('is loading its data'),
  },
  CLUSTERDOWN: {
    meaning: 'A cluster in which no node serves the slots',
    how: 'A cluster of one node loses its slots (`CLUSTER DELSLOTSRANGE`)',
    ...redisDown('is part of a cluster that is down'),
  },
  MISCONF: {
    meaning: 'The server could not save its data, and takes no writes until it can',
    how: 'A folder stands in the way of the file of `BGSAVE`',
    ...redisDown('refuses writes because it cannot save its data to disk'),
  },
  OOM: {
    meaning: 'The server has reached `maxmemory`',
    how: '`CONFIG SET maxmemory 1`',
    ...redisDown('is full (maxmemory)'),
  },
  NOAUTH: {
    meaning: 'The password was changed, and connections ended',
    how: '`CONFIG SET requirepass` and `CLIENT KILL`; at the end the password is taken back',
    ...redisDown('asks for a password (REDIS_PASSWORD)'),
  },
  BUSY: {
    meaning: 'A script runs for long',
    how: 'An endless script, ended by `SCRIPT KILL`',
    ...redisDown('is busy with a long script'),
  },
  empty: {
    meaning: 'The data was flushed',
    how: '`FLUSHALL`',
    answers: {},
    up: true,
    log: [lost],
  },
  older: {
    meaning: 'The data is that of an earlier time, as after a restart from an old snapshot',
    how: '`DEBUG RELOAD NOSAVE` of a file that was saved before the line formed',
    answers: {},
    up: true,
    log: [],
  },
} satisfies Record<string, State>;

export type PostgresState = keyof typeof postgresStates;
export type RedisState = keyof typeof redisStates;
