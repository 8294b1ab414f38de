import * as contract from '../../../src/contract/routes.ts';
import type { Bed } from '../bed.ts';
import { CONNECTIONS, costs, runLoad, unexpected } from '../load.ts';
import type { Service } from '../service.ts';
import type { Point } from './growth.ts';

/** More than are sold a second. */
const SALES_PER_SECOND = 5_000;

/** The opening ends with its last sale. */
const OPENING_SECONDS = 30;

export const requestsFor = (seconds: number): number => Math.ceil(SALES_PER_SECOND * (seconds + 0.5));

export interface Sale {
  path?: string;
  /** Sold before the measurement. */
  opening?: object[];
  bodies: object[];
  seconds: number;
  /** The number of the first buyer. Each request is another one's. */
  first?: number;
}

/** Sells once, over one instance or several. Each has its own buyers, so that their batches are as large as those of one. */
export async function sell(
  bed: Bed,
  services: Service[],
  { path = contract.reserveSeats.url, opening = [], bodies, seconds, first = 0 }: Sale,
): Promise<{ point: Omit<Point, 'size'>; problems: string[] }> {
  const ports = services.map(({ port }) => port);
  if (opening.length > 0) {
    const load = { port: ports[0] as number, path, bodies: opening, requests: opening.length };
    await runLoad(bed, {
      ...load,
      users: opening.length,
      first: bodies.length,
      seconds: OPENING_SECONDS,
      parts: {},
    });
  }
  const result = await runLoad(bed, {
    ...{ port: ports[0] as number, ports, path, bodies, first, seconds },
    ...{ users: bodies.length, requests: bodies.length, connections: CONNECTIONS * services.length },
    parts: { ...Object.fromEntries(services.map(({ pid }, n) => [`service${n}`, pid])), ...bed.parts },
  });
  const us = costs(result);
  const serviceUs = services.reduce((sum, _, n) => sum + (us[`service${n}Us`] ?? 0), 0);
  const point = { rate: result.rate, serviceUs, postgresUs: us.postgresUs ?? 0, redisUs: us.redisUs ?? 0 };
  return { point, problems: unexpected(result, ['201']) };
}
