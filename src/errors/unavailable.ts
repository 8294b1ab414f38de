import { isPostgresUnavailable } from './postgres-failures.ts';
import { isRedisUnavailable } from './redis-failures.ts';

/** A dependency is known to be down or overloaded, so it was not asked. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Tells whether PostgreSQL or Redis is down, overloaded or shutting down, so that a retry later makes sense. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  return isPostgresUnavailable(error) || isRedisUnavailable(error);
}
