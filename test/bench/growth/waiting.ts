import type { Bed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import type { Bench } from '../pace.ts';
import { openLine } from '../queue/line.ts';
import { type Grown, grow } from './growth.ts';
import { requestsFor, sell } from './sell.ts';

const SIZES = [1e3, 1e4, 1e5, 1e6];
/** Long enough to fill the lines. */
const TTL = { QUEUE_TTL_SECONDS: '7200' };

/** Users who are inside buy, while others wait. Each who has bought lets the next one in. */
export async function growWaiting(bed: Bed, { seconds, rounds, environment, note }: Bench): Promise<Grown> {
  const requests = requestsFor(seconds);
  const inside = requests * (rounds + 1);
  const settings = { ...environment, ...TTL, QUEUE_THRESHOLD: String(inside) };
  const service = await bed.startService('waiting', settings);
  const line = openLine(bed.redis, 'waiting', settings);
  const sales = new Map<number, object[]>();
  for (const size of SIZES) {
    const { eventId, seatIds } = await offer(service.pool, { seats: inside });
    await line.fill(eventId, size);
    sales.set(
      size,
      seatIds.map((seatId) => ({ eventId, seatIds: [seatId] })),
    );
    note(`  ${size.toLocaleString('en')} wait`);
  }
  const grown = await grow(SIZES, rounds, async (size, round) => {
    const first = (round + 1) * requests;
    const bodies = (sales.get(size) as object[]).slice(first, first + requests);
    return await sell(bed, [service], { bodies, seconds, first });
  });
  line.close();
  await service.stop();
  return grown;
}
