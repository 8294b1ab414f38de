import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import { startChanging } from '../changer.ts';
import { commitsOf } from '../commits.ts';
import { cpuShares, readCpu } from '../cpu.ts';
import type { Pace } from '../pace.ts';
import type { HeardPacket, SeatCrowdCalls } from '../processes/seat-crowd.ts';
import { median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';

const SOCKETS = 2_000;
const SEATS = 5_000;
/** 700,000 a second in all, so that the target leaves room for a tick that is late. */
const CHANGES_PER_SECOND = 350;
const WARM_UP_MS = 3_000;
/** The last packets are on their way. */
const DRAIN_MS = 1_000;

/** Seats of one event are held and freed, and 2,000 sockets hear of it in batch mode. */
export async function runChanges(
  bed: Bed,
  environment: Record<string, string>,
  { seconds, rounds }: Pace,
): Promise<RowResult> {
  const service = await bed.startService('live', environment);
  const crowd = bed.startWorker<SeatCrowdCalls>('seat-crowd');
  const hall = await offer(service.pool, { seats: SEATS });
  const { eventId } = hall;
  await crowd.call('gather', { port: service.port, eventId, count: SOCKETS, secret: bed.secret });
  const changer = await startChanging(service, hall, bed.secret, CHANGES_PER_SECOND);
  await sleep(WARM_UP_MS);

  const parts = { service: service.pid, crowd: crowd.pid, ...bed.parts };
  const windows: { rate: number; p50: number; p99: number; cpu: Record<string, number> }[] = [];
  const figures: Record<string, number>[] = [];
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    await crowd.call('listen', undefined);
    const [before, from] = [readCpu(parts), Date.now()];
    await sleep(seconds * 1_000);
    const [cpu, to] = [cpuShares(before, readCpu(parts)), Date.now()];
    await sleep(DRAIN_MS);
    const packets = await crowd.call('heard', undefined);
    const { latencies, delivered, missing } = await weigh(service, eventId, packets, from, to);
    if (missing > 0) problems.push(`${missing} changes did not reach every socket`);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.POSITIVE_INFINITY;
    const rate = (delivered * 1_000) / (to - from);
    windows.push({ rate, p50: at(0.5), p99: at(0.99), cpu });
    figures.push({
      rate,
      packets: packets.length,
      p50: at(0.5),
      p99: at(0.99),
      worst: latencies.at(-1) ?? 0,
    });
  }
  problems.push(...(await changer.stop()));
  await sleep(DRAIN_MS);
  problems.push(
    ...(await crowd.call('problems', undefined)),
    ...(await differences(service, eventId, crowd)),
  );
  await crowd.stop();
  await service.stop();
  const p99 = median(windows.map((window) => window.p99));
  return {
    name: 'changes',
    title: `changes to ${SOCKETS.toLocaleString('en')} sockets in batch mode`,
    rate: median(windows.map(({ rate }) => rate)),
    p50: median(windows.map(({ p50 }) => p50)),
    p99,
    cpu: medians(windows.map(({ cpu }) => cpu)),
    targets: [
      { of: 'changes/s in all', value: median(windows.map(({ rate }) => rate)), target: 500_000 },
      { of: 'ms from commit to client, p99', value: p99, target: 250, atMost: true },
    ],
    problems: [...new Set(problems)],
    answers: {},
    rounds: figures,
  };
}

/** Counts each changed seat at each socket once, with the time since its commit. */
async function weigh(
  { pool }: Service,
  eventId: string,
  packets: HeardPacket[],
  from: number,
  to: number,
): Promise<{ latencies: number[]; delivered: number; missing: number }> {
  const commits = (await commitsOf(pool, eventId)).filter(({ at }) => at >= from && at < to);
  const sorted = packets.toSorted((a, b) => a.version - b.version);
  const latencies: number[] = [];
  let delivered = 0;
  let missing = 0;
  let next = 0;
  for (const { version, at, seats } of commits) {
    while (next < sorted.length && (sorted[next] as HeardPacket).version < version) next++;
    const packet = sorted[next];
    const told = packet && packet.from < version ? packet.heard : [];
    let sockets = 0;
    for (const [heardAt, count] of told) {
      sockets += count;
      // One figure for each socket and commit: all seats of a commit arrive together.
      for (let each = 0; each < count; each += SAMPLE) latencies.push(Math.max(0, heardAt - at));
    }
    delivered += sockets * seats;
    missing += (SOCKETS - sockets) * seats;
  }
  return { latencies: latencies.sort((a, b) => a - b), delivered, missing };
}

/** Every so many sockets of one ms count as one latency. */
const SAMPLE = 4;

/** Compares what a socket heard with the database. */
async function differences(
  { pool }: Service,
  eventId: string,
  crowd: { call(name: 'map', nothing: undefined): ReturnType<SeatCrowdCalls['map']> },
): Promise<string[]> {
  const { rows } = await pool.query<{ status: string; version: number }>(
    `SELECT s.status, e.version::float8 AS version FROM seats s JOIN event_seats e USING (event_id) WHERE event_id = $1
     ORDER BY section, row_number, seat_number, s.id`,
    [eventId],
  );
  const { version, seats } = await crowd.call('map', undefined);
  const codes = ['available', 'locked', 'reserved'];
  const wrong = seats.filter(([index, status]) => rows[index]?.status !== codes[status]);
  return [
    ...(version === rows[0]?.version
      ? []
      : [`a socket is at version ${version}, not at ${rows[0]?.version}`]),
    ...(wrong.length > 0
      ? [`${wrong.length} seats have another status in the database than at a socket`]
      : []),
  ];
}
