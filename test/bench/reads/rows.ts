import * as contract from '../../../src/contract/routes.ts';
import type { Offer } from '../catalogue.ts';
import { searches } from './catalogue.ts';
import type { Read } from './compare.ts';

export const SMALL_HALL = 5_000;
export const LARGE_HALL = 50_000;
export const EVENTS = 20_000;
/** More searches than a measurement sends. */
const SEARCHES = 100_000;

/** A path of the contract for one event. */
const of = (url: string, { eventId }: Offer) => url.replace(/:(id|eventId)/, eventId);
const STATUS = '/api/v1/seats/events/:eventId/status';

const status = (hall: Offer, seats: number): Omit<Read, 'name'> => ({
  title: `status of ${seats.toLocaleString('en')} seats, 500 changes/s`,
  url: STATUS,
  paths: [of(STATUS, hall)],
  least: 0.7,
  changes: { ...hall, perSecond: 500, staleMs: 200 },
});

/** By name, in the order in which they are measured. */
export const reads: Record<string, (small: Offer, large: Offer) => Omit<Read, 'name'>> = {
  empty: () => ({
    title: 'an empty route',
    url: contract.getHealth.url,
    paths: [contract.getHealth.url],
    least: 0.75,
  }),
  list: () => ({
    title: 'event list',
    url: contract.listEvents.url,
    paths: [contract.listEvents.url],
    least: 0.75,
  }),
  event: (small) => ({
    title: 'event detail',
    url: contract.getEvent.url,
    paths: [of(contract.getEvent.url, small)],
    least: 0.75,
  }),
  status: (small) => status(small, SMALL_HALL),
  'large-status': (_, large) => status(large, LARGE_HALL),
  map: (small) => ({
    title: `seat map of ${SMALL_HALL.toLocaleString('en')}, gzip, 200 changes/s`,
    url: contract.getSeatMap.url,
    paths: [of(contract.getSeatMap.url, small)],
    headers: { 'accept-encoding': 'gzip' },
    least: 0.6,
    changes: { ...small, perSecond: 200, staleMs: 1_000 },
  }),
  search: () => ({
    title: `searches, hardly one twice, ${EVENTS.toLocaleString('en')} events`,
    url: contract.listEvents.url,
    paths: searches(SEARCHES),
    least: 0.25,
  }),
};
