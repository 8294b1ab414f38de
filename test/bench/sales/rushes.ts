import * as contract from '../../../src/contract/routes.ts';
import type { Offer } from '../catalogue.ts';
import { unexpected } from '../load.ts';
import type { DirectLoad } from '../processes/direct.ts';
import type { LoadResult } from '../processes/generator.ts';
import { seatsSoldTwice } from '../promises.ts';

/** Everybody at once, for one kind of thing. */
export interface Rush {
  name: string;
  title: string;
  path: string;
  /** The answer that the row is about. */
  status: number;
  /** The least share of the bare route's rate. */
  bare: number;
  /** The direct statement of the same work, and the least multiple of its rate where there is one. */
  direct?: { work: DirectLoad['work']; least?: number };
  /** @param requests that will be made of it at most */
  offer(requests: number): { seats?: number; stock?: number };
  /** What is asked for, request after request. */
  bodies(offer: Offer): object[];
  /** The number of different users, where it isn't one a request. */
  users?: number;
  /** The most requests that the offer has room for, where that is a number of its own. */
  requests?: number;
  /** @returns what is wrong with the answers beyond what is wrong everywhere */
  check(result: LoadResult, offer: Offer): string[];
}

const SOUGHT_SEATS = 20;
const SEEKERS = 200;
const HALL = 50_000;
const TOGETHER = 2;

const oneSeatEach = ({ eventId, seatIds }: Offer) =>
  seatIds.map((seatId) => ({ eventId, seatIds: [seatId] }));

export const freeSeats: Rush = {
  name: 'seats',
  title: 'free seats',
  path: contract.reserveSeats.url,
  status: 201,
  bare: 0.6,
  direct: { work: 'seats' },
  offer: (requests) => ({ seats: requests }),
  bodies: oneSeatEach,
  check: (result, { seatIds }) => [
    ...seatsSoldTwice(result, (request) => seatIds[request % seatIds.length] as string),
    ...unexpected(result, ['201']),
  ],
};

export const rushes: Rush[] = [
  freeSeats,
  {
    name: 'tickets',
    title: 'one hot ticket type',
    path: contract.createReservation.url,
    status: 201,
    bare: 0.6,
    direct: { work: 'tickets', least: 4 },
    offer: (requests) => ({ stock: requests }),
    bodies: ({ eventId, ticketTypeId }) => [{ eventId, items: [{ ticketTypeId, quantity: 1 }] }],
    check: (result) => unexpected(result, ['201']),
  },
  {
    name: 'losers',
    title: `${SEEKERS} users for ${SOUGHT_SEATS} seats`,
    path: contract.reserveSeats.url,
    status: 409,
    bare: 0.7,
    users: SEEKERS,
    offer: () => ({ seats: SOUGHT_SEATS }),
    // One round of all seats has one body more than there are seats: so each user asks for another one each time.
    bodies: (sale) => [...oneSeatEach(sale), ...oneSeatEach(sale).slice(0, 1)],
    check: (result) => [
      ...(result.granted.length === SOUGHT_SEATS
        ? []
        : [`${result.granted.length} of ${SOUGHT_SEATS} seats were sold`]),
      ...unexpected(result, ['201', '409 SEAT_UNAVAILABLE', '409 SEAT_LOCKED', '422 TOO_MANY_SEATS']),
    ],
  },
  {
    name: 'best',
    title: `best available, ${HALL.toLocaleString('en')} seats`,
    path: '/api/v1/seats/best-available',
    status: 201,
    bare: 0.3,
    requests: HALL / TOGETHER,
    offer: () => ({ seats: HALL }),
    bodies: ({ eventId }) => [{ eventId, quantity: TOGETHER }],
    // There are seats for all that ask: none is refused.
    check: (result) => unexpected(result, ['201']),
  },
];

/** Whether the service has the operation at all. */
export function isOffered({ path }: Rush): boolean {
  return Object.values(contract).some((route) => 'url' in route && route.url === path);
}
