import pg from 'pg';

/** The SQLSTATE of a statement that waited too long for a lock. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** What an error of PostgreSQL, or of the connection to it, asks for. */
export interface PostgresFailure {
  /** The connection must not be lent again. */
  spoilt?: true;
  /** Connections that were opened earlier may be as bad: the address may lead to another server by now. */
  suspect?: true;
  /** The transaction is rolled back for certain, and its requests may be decided again at once, in smaller parts. */
  again?: true;
  /** A request that is sent again later may succeed: 503. */
  unavailable?: true;
}

/** The connection is broken, or the server behind it can't sell. A transaction may have been committed. */
const SERVER: PostgresFailure = { spoilt: true, suspect: true, unavailable: true };
/** This session alone is of no use any more. */
const SESSION: PostgresFailure = { spoilt: true, unavailable: true };
/** The session can't use its prepared statements any more. A new one prepares them again, so its buyers notice nothing. */
const STATEMENTS: PostgresFailure = { spoilt: true, again: true, unavailable: true };
/** The session is another one, or was emptied, as behind a pooler that was set anew. Others may have lost their time limits as well. */
const SHARED: PostgresFailure = { ...STATEMENTS, suspect: true };
/** Another transaction was in the way. */
const CONFLICT: PostgresFailure = { again: true, unavailable: true };
/** The connection is fine and goes on when the shortage ends. To try again at once would make it worse. */
const SHORTAGE: PostgresFailure = { unavailable: true };
/** PostgreSQL contradicts itself. A new session has no stale caches, and the error belongs in the log. */
const INTERNAL: PostgresFailure = { spoilt: true };
/** PostgreSQL refused a statement of ours. */
const REFUSED: PostgresFailure = { again: true };
/** An error of this process amid an answer, such as a value that can't be parsed. */
const OWN: PostgresFailure = { spoilt: true };

/**
 * Failures by SQLSTATE. The longest prefix counts.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BY_SQLSTATE: Record<string, PostgresFailure> = {
  /** Connection exceptions. PgBouncer reports a server that it lost this way, too. */
  '08': SERVER,
  /** "cached plan must not change result type": a migration changed a table under a prepared statement. */
  '0A000': STATEMENTS,
  /** A read-only transaction: a switchover or a provider's full disk left the server, or this session, read-only. */
  '25006': SERVER,
  /** The transaction idled too long, or took too long. The session has ended. */
  '25P03': SESSION,
  '25P04': SESSION,
  /** An unknown prepared statement: a pooler or DISCARD ALL has emptied the session. */
  '26000': SHARED,
  /** A refused login: a password that is being changed. */
  '28': SHORTAGE,
  /** The database is missing: it is being restored. */
  '3D': SHORTAGE,
  /** Serialization failures and deadlocks. */
  '40': CONFLICT,
  /** "statement completion unknown". */
  '40003': SERVER,
  /** A pooler lends a session that has our prepared statements already. */
  '42P05': SHARED,
  /** A full disk (53100), too many connections (53300), a limit on temporary files (53400). */
  '53': SHORTAGE,
  /** Out of memory: a new session is smaller. */
  '53200': SESSION,
  /** The database takes no connections. */
  '55000': SHORTAGE,
  /** A lock was not to be had in time. */
  [LOCK_NOT_AVAILABLE]: CONFLICT,
  /** A statement took too long: 5 seconds are spent, so its requests are not tried apart. */
  '57014': SHORTAGE,
  /** Shutdown, crash, crash recovery, a dropped database. */
  '57P': SERVER,
  /** The session idled too long, by a limit of the role or the database. */
  '57P05': SESSION,
  /** Errors of the operating system, such as a broken disk. */
  '58': SESSION,
  /** Internal errors and corrupt data. */
  XX: INTERNAL,
};

const SYSTEM_CODE =
  /^E(CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTDOWN|HOSTUNREACH|NETDOWN|NETRESET|NETUNREACH|NOTFOUND|AI_AGAIN)$/;
/** Messages of pg and pg-pool, whose errors have no code. */
const DRIVER_MESSAGE =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

/** What to do about an error that a connection to PostgreSQL threw. */
export function postgresFailure(error: unknown): PostgresFailure {
  // By its class, because EPIPE has the form of an SQLSTATE.
  if (error instanceof pg.DatabaseError) return bySqlstate(error.code) ?? REFUSED;
  return isConnectionError(error) ? SERVER : OWN;
}

/** Tells whether PostgreSQL is down, overloaded, read-only or shutting down, so that a retry later makes sense. */
export function isPostgresUnavailable(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return isConnectionError(error) || bySqlstate(code)?.unavailable === true;
}

function bySqlstate(code: unknown): PostgresFailure | undefined {
  if (typeof code !== 'string' || code.length !== 5) return undefined;
  return BY_SQLSTATE[code] ?? BY_SQLSTATE[code.slice(0, 3)] ?? BY_SQLSTATE[code.slice(0, 2)];
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  return (code !== undefined && SYSTEM_CODE.test(code)) || DRIVER_MESSAGE.test(message);
}
