import type { SalesOverview } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { liveSource } from '../live/live.ts';
import { stockOf } from './stock.ts';

/** What an event has sold. */
export const salesLive = (eventId: string) =>
  liveSource(`sales ${eventId}`, () => ({
    everyMs: 2_000,
    read: (signal) => tiketi().getSalesOverview({ id: eventId }, { signal }),
    asOf: ({ read_at }: SalesOverview) => Date.parse(read_at),
    isOlder: (sales: SalesOverview, shown: SalesOverview) => sales.version < shown.version,
    figures: (sales: SalesOverview) => ({
      ...stockOf(sales),
      revenue: sales.revenue,
      refundsDue: sales.refunds_due.amount,
    }),
  }));

/** What it sold in each minute of the last hour. */
export const seriesLive = (eventId: string) =>
  liveSource(`series ${eventId}`, () => ({
    everyMs: 5_000,
    read: (signal) => tiketi().getSalesSeries({ id: eventId, by: 'minute' }, { signal }),
    figures: () => ({}),
  }));
