import type { SalesOverview, SalesSeries } from '../../../client/index.ts';

export interface Stock {
  total: number;
  sold: number;
  held: number;
  free: number;
  blocked: number;
}

/** Seats and tickets together. */
export function stockOf({ seats, tickets }: Pick<SalesOverview, 'seats' | 'tickets'>): Stock {
  return {
    total: seats.total + tickets.total,
    sold: seats.sold + tickets.sold,
    held: seats.held + tickets.held,
    free: seats.free + tickets.free,
    blocked: seats.blocked,
  };
}

/** "0.4 %", "12 %", "99 %". Rounds down, so that 100 % is said when the last one is sold. */
export function percentText(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const percent = (part / whole) * 100;
  const rounded = percent < 1 ? Math.floor(percent * 10) / 10 : Math.floor(percent);
  return `${rounded}%`;
}

export interface Minute {
  /** ms since 1970 */
  at: number;
  sold: number;
  cancelled: number;
  revenue: number;
}

const MINUTE_MS = 60_000;

/** Every minute of the last hour, with zeros where the service left a minute out because nothing happened in it. */
export function everyMinute({ steps }: Pick<SalesSeries, 'steps'>, now: number): Minute[] {
  const byTime = new Map(steps.map((step) => [Date.parse(step.at), step]));
  const current = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: 60 }, (_, index) => {
    const at = current - (59 - index) * MINUTE_MS;
    const step = byTime.get(at);
    return {
      at,
      sold: (step?.seats ?? 0) + (step?.tickets ?? 0),
      cancelled: step?.cancelled ?? 0,
      revenue: step?.revenue ?? 0,
    };
  });
}
