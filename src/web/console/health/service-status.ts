import type { InstanceStatus, ServiceStatus } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { liveSource } from '../live/live.ts';

/** What is remembered of it for an hour. */
export type ServiceFigures = Record<'holds' | 'requests' | 'errors' | 'refusals' | 'connections', number> &
  Record<'p50' | 'p99', number | null>;

/** How the service is. The menu shows it on every page, so its figures have an hour's trend from the sign-in on. */
export const serviceStatus = () =>
  liveSource('service-status', () => ({
    everyMs: 2_000,
    read: (signal) => tiketi().getServiceStatus({ signal }),
    figures: ({ total }: ServiceStatus): ServiceFigures => ({
      holds: total.holds.per_second,
      p50: total.holds.p50_ms,
      p99: total.holds.p99_ms,
      requests: total.requests_per_second,
      errors: total.errors_per_second,
      refusals: total.refusals_per_second,
      connections: total.sockets + total.streams,
    }),
  }));

/** Of all answers, the part that were the service's own errors. Null without requests. */
export function errorShare({ total }: ServiceStatus): number | null {
  return total.requests_per_second > 0 ? total.errors_per_second / total.requests_per_second : null;
}

export type Condition = 'good' | 'degraded' | 'bad';

/** In one word: `bad` if an instance has no PostgreSQL and sells nothing, `degraded` if anything else is missing. */
export function conditionOf({ complete, instances }: ServiceStatus): Condition {
  if (instances.some(({ postgres }) => postgres.status === 'down')) return 'bad';
  const isWhole = ({ redis, degraded }: InstanceStatus) => redis.status === 'up' && degraded.length === 0;
  return complete && instances.every(isWhole) ? 'good' : 'degraded';
}
