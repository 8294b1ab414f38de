import * as contract from '../../../src/contract/routes.ts';
import type { Against } from '../calibrators.ts';
import type { Offer } from '../catalogue.ts';
import { unexpected } from '../load.ts';
import type { DirectLoad } from '../processes/direct.ts';
import type { LoadResult } from '../processes/generator.ts';
import { seatsSoldTwice } from '../promises.ts';

/** Many users at once, for one kind of purchase. */
export interface Rush {
  name: string;
  title: string;
  path: string;
  /** The answer that the row is about. */
  status: number;
  /** What it is compared with, and the least ratio of the rates. */
  least: Against;
  /** The direct statement of the same work. */
  work?: DirectLoad['work'];
  /** @param requests the most requests for it */
  offer(requests: number): { seats?: number; stock?: number };
  /** The bodies of the requests, one after the other. */
  bodies(offer: Offer): object[];
  /** The number of different users if it isn't one a request. */
  users?: number;
  /** 64 if not set. */
  connections?: number;
  /** The most that the median answer may take, as a multiple of direct's. */
  latency?: number;
  /** The most requests that the offer has room for, if it limits them. */
  requests?: number;
  /** @returns problems of the answers beyond those that every row checks */
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
  least: { plain: 0.45, bare: undefined, direct: 1.1 },
  work: 'seats',
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
    least: { plain: 0.5, bare: undefined, direct: 2.5 },
    work: 'tickets',
    offer: (requests) => ({ stock: requests }),
    bodies: ({ eventId, ticketTypeId }) => [{ eventId, items: [{ ticketTypeId, quantity: 1 }] }],
    check: (result) => unexpected(result, ['201']),
  },
  {
    name: 'losers',
    title: `${SEEKERS} users for ${SOUGHT_SEATS} seats`,
    path: contract.reserveSeats.url,
    status: 409,
    least: { plain: 0.65, bare: undefined },
    users: SEEKERS,
    offer: () => ({ seats: SOUGHT_SEATS }),
    // One body more than there are seats, so that each user requests another seat each time.
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
    least: { plain: 0.35, bare: undefined },
    requests: HALL / TOGETHER,
    offer: () => ({ seats: HALL }),
    bodies: ({ eventId }) => [{ eventId, quantity: TOGETHER }],
    // There are seats for all requests, so none may be refused.
    check: (result) => unexpected(result, ['201']),
  },
];

/** One hold after the other, each sent when the one before is answered. */
const oneByOne: Rush = {
  ...freeSeats,
  name: 'serial',
  title: 'one hold after the other',
  least: { plain: undefined, direct: undefined },
  latency: 1.2,
  connections: 1,
};
rushes.push(oneByOne);

/** Whether the service has the operation. */
export function isOffered({ path }: Rush): boolean {
  return Object.values(contract).some((route) => 'url' in route && route.url === path);
}
