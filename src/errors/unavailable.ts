import { isRedisUnavailable } from './redis-failures.ts';

/**
 * SQLSTATEs that are worth a retry later: connection exceptions (08), a refused login or database (28, 3D, 55000), insufficient
 * resources (53), operator intervention, start-up and shutdown (57), lock time-outs (55P03), transactions that idled too long
 * (25P03), a server that a failover left read-only (25006), serialization failures and deadlocks (40).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_SQLSTATE = /^(08|28|3D|53|57|40)...$|^55000$|^55P03$|^25P03$|^25006$/;
const UNAVAILABLE_SYSTEM_CODE =
  /^E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)$/;
/** Messages of pg and pg-pool that come without a code. */
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection ended unexpectedly)/;

/** A dependency is known to be down or overloaded, so it was not asked. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Tells whether PostgreSQL or Redis is down, overloaded or shutting down, so that a retry later makes sense. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const { code } = error as NodeJS.ErrnoException;
  return (
    (typeof code === 'string' && (UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SYSTEM_CODE.test(code))) ||
    UNAVAILABLE_MESSAGE.test(error.message) ||
    isRedisUnavailable(error)
  );
}
