import { type CpuTimes, cpuShares, loopMs, type Parts, readCpu } from '../cpu.ts';
import { type ReadAnswer, ReadConnection } from '../read-connection.ts';
import { serve } from '../worker.ts';

export interface Reading {
  port: number;
  /** Request n has the n-th path, starting again after the last one. */
  paths: string[];
  /** What the requests say beside their path: `accept-encoding: gzip`. */
  headers: string[];
  connections: number;
  warmSeconds: number;
  /** Without it the reading goes on until `stop`. */
  seconds: number | undefined;
  /** The processes whose CPU shares are measured. */
  parts: Parts;
  /** The process that answers. */
  pid: number;
}

export interface ReadResult {
  /** Answers a second, while measured. */
  rate: number;
  p50: number;
  p99: number;
  cpu: Record<string, number>;
  /** Microseconds of CPU for an answer, of the thread that answers. */
  cpuUs: number;
  /** Answers by status, including the warm-up. `0` is a broken connection. */
  answers: Record<string, number>;
  /** Bytes of the bodies a second. */
  bytes: number;
  /** When an answer first named this version or a later one: ms since 1970. */
  seen: { version: number; at: number }[];
  /** Answers to requests that were sent after an answer with a later version had come. */
  backward: number;
}

export type ReaderCalls = {
  read(reading: Reading): Promise<ReadResult>;
  /** Ends a reading. */
  stop(nothing: undefined): Promise<void>;
};

const DRAIN_MS = 10_000;
let stopNow: () => void = () => undefined;

async function read(reading: Reading): Promise<ReadResult> {
  const { port, paths, headers, parts, pid, warmSeconds, seconds } = reading;
  const rest = ['host: 127.0.0.1', ...headers].join('\r\n');
  const requests = paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${rest}\r\n\r\n`));
  const under = new Map<ReadConnection, { at: number; newest: number }>();
  const latencies: number[] = [];
  const answers: Record<string, number> = {};
  const seen: ReadResult['seen'] = [];
  let newest = -1;
  let backward = 0;
  let next = 0;
  let measured = 0;
  let bytes = 0;
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();

  const start = performance.now();
  const from = start + warmSeconds * 1_000;
  let until = seconds === undefined ? Number.POSITIVE_INFINITY : from + seconds * 1_000;
  let before: CpuTimes | undefined;
  let after: CpuTimes | undefined;
  let msBefore = 0;
  let msAfter = 0;
  let giveUp: NodeJS.Timeout | undefined;

  function end(): void {
    until = Math.min(until, performance.now());
    after = readCpu(parts);
    msAfter = loopMs(pid);
    giveUp = setTimeout(finish, DRAIN_MS);
  }
  stopNow = end;

  function ask(connection: ReadConnection): void {
    const at = performance.now();
    if (at >= until) {
      leave(connection);
    } else {
      under.set(connection, { at, newest });
      connection.send(requests[next++ % requests.length] as Buffer);
    }
  }

  function leave(connection: ReadConnection): void {
    under.delete(connection);
    if (under.size === 0) finish();
  }

  function answered(connection: ReadConnection, { status, version, bytes: length }: ReadAnswer): void {
    const now = performance.now();
    const asked = under.get(connection) as { at: number; newest: number };
    answers[status] = (answers[status] ?? 0) + 1;
    if (version >= 0 && version < asked.newest) backward += 1;
    if (version > newest) {
      newest = version;
      seen.push({ version, at: Date.now() });
    }
    if (now >= from && now < until) {
      measured += 1;
      bytes += length;
      latencies.push(now - asked.at);
    }
    ask(connection);
  }

  function broken(connection: ReadConnection): void {
    answers[0] = (answers[0] ?? 0) + 1;
    leave(connection);
  }

  const connections = await Promise.all(
    Array.from({ length: reading.connections }, () => ReadConnection.open(port, answered, broken)),
  );
  const timers = [
    setTimeout(() => {
      before = readCpu(parts);
      msBefore = loopMs(pid);
    }, from - performance.now()),
    ...(seconds === undefined ? [] : [setTimeout(end, until - performance.now())]),
  ];
  for (const connection of connections) ask(connection);
  await finished;
  for (const timer of [...timers, giveUp]) clearTimeout(timer);
  for (const connection of connections) connection.close();

  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  const took = (Math.min(until, performance.now()) - from) / 1_000;
  return {
    rate: measured / took,
    ...{ p50: at(0.5), p99: at(0.99) },
    cpu: cpuShares(before, after),
    cpuUs: ((msAfter - msBefore) * 1_000) / measured,
    ...{ answers, seen, backward },
    bytes: bytes / took,
  };
}

async function stop(): Promise<void> {
  stopNow();
}

serve({ read, stop } satisfies ReaderCalls);
