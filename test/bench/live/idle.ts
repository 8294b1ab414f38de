import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/embedded/process/supervised.ts';
import type { Bed } from '../bed.ts';
import { type Memory, openInspector } from '../memory.ts';
import type { SeatCrowdCalls } from '../processes/seat-crowd.ts';
import type { RowResult } from '../result.ts';

const SOCKETS = 5_000;
/** The buffers of the first sockets and compiled code must not count. */
const FIRST = 500;
/** Until the service has forgotten what it needed for the handshakes. */
const SETTLE_MS = 3_000;

/** What idle sockets cost the memory of the service: its heap and its buffers, after a collection of garbage. */
export async function runIdle(bed: Bed, environment: Record<string, string>): Promise<RowResult> {
  const port = await freePort();
  const service = await bed.startService('idle', {
    ...environment,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --inspect=127.0.0.1:${port}`,
  });
  const inspector = await openInspector(port, service.pid);
  const warm = bed.startWorker<SeatCrowdCalls>('seat-crowd');
  const crowd = bed.startWorker<SeatCrowdCalls>('seat-crowd');
  const gathering = { port: service.port, secret: bed.secret };

  async function settled(): Promise<Memory> {
    await sleep(SETTLE_MS);
    return await inspector.memory();
  }
  await warm.call('gather', { ...gathering, count: FIRST });
  const before = await settled();
  await crowd.call('gather', { ...gathering, count: SOCKETS });
  const after = await settled();
  const problems = await crowd.call('problems', undefined);
  inspector.close();
  await Promise.all([warm.stop(), crowd.stop()]);
  await service.stop();

  const each = (part: keyof Memory) => (after[part] - before[part]) / SOCKETS / 1_024;
  return {
    name: 'idle',
    title: `${SOCKETS.toLocaleString('en')} idle sockets`,
    cpu: {},
    targets: [
      { of: 'KiB of heap and buffers each', value: each('used'), target: 12, atMost: true },
      { of: 'KiB of resident memory each', value: each('resident') },
    ],
    problems,
    answers: {},
    rounds: [{ used: each('used'), resident: each('resident') }],
  };
}
