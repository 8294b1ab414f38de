import type { Bed } from '../bed.ts';
import { clear } from '../catalogue.ts';
import type { Bench } from '../pace.ts';
import type { Service } from '../service.ts';
import { type Grown, grow } from './growth.ts';
import { seatsInHalls } from './offers.ts';
import { requestsFor, sell } from './sell.ts';

const SIZES = [1, 2, 4, 8];

/** One event, sold by instances that share PostgreSQL and Redis. Only those that sell are running. */
export async function growInstances(bed: Bed, { seconds, rounds, environment }: Bench): Promise<Grown> {
  return await grow(SIZES, rounds, async (size) => {
    const services: Service[] = [];
    while (services.length < size) services.push(await bed.startService('instances', environment));
    const [{ pool }] = services as [Service];
    const requests = requestsFor(seconds);
    const sellHall = async () =>
      await sell(bed, services, { ...(await seatsInHalls(pool, requests, requests)), seconds });
    // Each instance compiles its code by itself.
    for (let time = 0; time < size; time++) await sellHall();
    const sold = await sellHall();
    await clear(pool);
    for (const service of services) await service.stop();
    return sold;
  });
}
