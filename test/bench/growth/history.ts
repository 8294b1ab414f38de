import type { Bed } from '../bed.ts';
import type { Bench } from '../pace.ts';
import { fillHuge } from '../sales/huge-data.ts';
import type { Service } from '../service.ts';
import { type Grown, grow } from './growth.ts';
import { seatsInHalls } from './offers.ts';
import { requestsFor, sell } from './sell.ts';

const SIZES = [1e4, 1e5, 1e6];
/** Takes minutes to fill. */
const HUGE = 1e7;

/** Sells a new event in databases with sales of years. */
export async function growHistory(
  bed: Bed,
  { seconds, rounds, environment, huge, note }: Bench,
): Promise<Grown> {
  const sizes = huge ? [...SIZES, HUGE] : SIZES;
  const services = new Map<number, Service>();
  for (const size of sizes) {
    const service = await bed.startService(`history_${size}`, environment);
    await fillHuge(service.pool, note, size);
    services.set(size, service);
  }
  const grown = await grow(sizes, rounds, async (size) => {
    const service = services.get(size) as Service;
    const requests = requestsFor(seconds);
    const sale = await seatsInHalls(service.pool, requests, requests);
    return await sell(bed, [service], { ...sale, seconds });
  });
  for (const service of services.values()) await service.stop();
  return grown;
}
