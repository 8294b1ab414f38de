import { randomUUID } from 'node:crypto';
import { type CpuTimes, cpuShares, type Parts, readCpu } from '../cpu.ts';
import { HttpConnection } from '../http-connection.ts';
import { tokenOf, userIdOf } from '../people.ts';
import { serve } from '../worker.ts';

/** The requests of a run. */
export interface Load {
  port: number;
  /** The ports of several instances, over which the connections spread instead. */
  ports?: number[];
  /** POST if not set. */
  method?: 'GET';
  path: string;
  /** Request n has the n-th of these paths instead, if there are any. */
  paths?: string[];
  /** The role in the tokens. `user` if not set. */
  role?: 'service';
  /** Request n has the n-th body, starting again after the last one. Requests have no body if there are none. */
  bodies: string[];
  /** The number of different users, each with their own token. */
  users: number;
  /** The number of the first user, and the distance between users. By default 0 and 1. */
  first?: number;
  stride?: number;
  /** The most requests that are sent. */
  requests: number;
  /** Starts again after the last request. */
  repeat?: boolean;
  connections: number;
  warmSeconds: number;
  seconds: number;
  secret: string;
  /** The processes whose CPU shares are measured. */
  parts: Parts;
  /** Returns the body of an answer with this status. */
  sample?: number;
  /** Returns the numbers in this field of the 200 answers. */
  field?: string;
}

export interface LoadResult {
  /** Answers a second, while measured. */
  rate: number;
  p50: number;
  p99: number;
  worst: number;
  cpu: Record<string, number>;
  /** Answers by status and code (`201`, `409 SEAT_UNAVAILABLE`), including the warm-up. `0` is a broken connection. */
  answers: Record<string, number>;
  /** For each 201 its request and its reservation. */
  granted: { request: number; userId: string; reservationId: string }[];
  /** The answers in each 100 ms since `startedAt` (ms since 1970), including the warm-up. */
  timeline: number[];
  startedAt: number;
  /** The body of the last answer with the wanted status. */
  sample: string | undefined;
  /** The numbers in the field, in the order of the answers. An answer without the field adds none. */
  numbers: number[];
}

export type GeneratorCalls = {
  /** Signs the tokens and writes the requests, which takes longer than sending them. */
  prepare(load: Load): Promise<void>;
  /** Sends what was prepared. */
  run(): Promise<LoadResult>;
  /** Ends the run under way once every sent request is answered. */
  stop(): Promise<void>;
};

const BUCKET_MS = 100;
const DRAIN_MS = 10_000;
const OK = 200;
const GRANTED = 201;

interface User {
  id: string;
  token: string;
}

/** Kept from run to run, because signing takes longer than sending. */
const users = new Map<string, User>();

function userOf({ users: count, first = 0, stride = 1, role, secret }: Load, request: number): User {
  const number = first + (request % count) * stride;
  const key = `${number} ${role}`;
  const known = users.get(key);
  if (known) return known;
  const id = userIdOf(number);
  const user = { id, token: tokenOf(id, secret, role) };
  users.set(key, user);
  return user;
}

function requestOf(load: Load, index: number): Buffer {
  const { method = 'POST', bodies } = load;
  const path = load.paths?.[index % load.paths.length] ?? load.path;
  const { token } = userOf(load, index);
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n`;
  const body = bodies[index % bodies.length];
  if (body === undefined)
    return Buffer.from(`${head}${method === 'POST' ? 'content-length: 0\r\n' : ''}\r\n`);
  return Buffer.from(
    `${head}content-type: application/json\r\nidempotency-key: ${randomUUID()}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

let prepared: { load: Load; requests: Buffer[] } | undefined;
let stopNow: () => void = () => undefined;

async function prepare(load: Load): Promise<void> {
  prepared = { load, requests: Array.from({ length: load.requests }, (_, index) => requestOf(load, index)) };
}

async function run(): Promise<LoadResult> {
  if (!prepared) throw new Error('no load was prepared');
  const { load, requests } = prepared;
  prepared = undefined;
  const under = new Map<HttpConnection, { index: number; at: number }>();
  const latencies: number[] = [];
  const answers: Record<string, number> = {};
  const granted: LoadResult['granted'] = [];
  const timeline: number[] = [];
  const numbers: number[] = [];
  const field = load.field && `"${load.field}":`;
  let sample: string | undefined;
  let next = 0;
  let measured = 0;
  let lastAt = 0;
  let ended = false;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const start = performance.now();
  const from = start + load.warmSeconds * 1_000;
  let until = from + load.seconds * 1_000;
  stopNow = () => {
    until = Math.min(until, performance.now());
  };

  function ask(connection: HttpConnection): void {
    const at = performance.now();
    if (ended || at >= until || (next >= requests.length && !load.repeat)) {
      under.delete(connection);
      if (under.size === 0) finish();
      return;
    }
    const index = next++ % requests.length;
    under.set(connection, { index, at });
    connection.send(requests[index] as Buffer);
  }

  function count(status: number, body: string): void {
    const code = status === GRANTED ? '' : (/"code":"([A-Z_]+)"/.exec(body)?.[1] ?? '');
    const key = code ? `${status} ${code}` : String(status);
    answers[key] = (answers[key] ?? 0) + 1;
  }

  function answered(connection: HttpConnection, status: number, body: string): void {
    const now = performance.now();
    const { index, at } = under.get(connection) as { index: number; at: number };
    count(status, body);
    if (status === load.sample) sample = body;
    const place = field && status === OK ? body.indexOf(field) : -1;
    if (field && place >= 0)
      numbers.push(Number.parseInt(body.slice(place + field.length, place + field.length + 16), 10));
    if (status === GRANTED) {
      // `"reservation":{"id":"…` or, with another first field, wherever the first id of the reservation stands.
      const place = body.indexOf('"id":"', body.indexOf('"reservation":')) + 6;
      const userId = userOf(load, index).id;
      granted.push({ request: index, userId, reservationId: body.slice(place, place + 36) });
    }
    const bucket = Math.floor((now - start) / BUCKET_MS);
    timeline[bucket] = (timeline[bucket] ?? 0) + 1;
    if (now >= from && now < until) {
      measured += 1;
      lastAt = now;
      latencies.push(now - at);
    }
    ask(connection);
  }

  function broken(connection: HttpConnection): void {
    count(0, '');
    under.delete(connection);
    if (under.size === 0) finish();
  }

  const connections = await Promise.all(
    Array.from({ length: load.connections }, (_, index) =>
      HttpConnection.open(load.ports?.[index % load.ports.length] ?? load.port, answered, broken),
    ),
  );
  let before: CpuTimes | undefined;
  let after: CpuTimes | undefined;
  const atStart = setTimeout(() => {
    before = readCpu(load.parts);
  }, from - performance.now());
  const atEnd = setTimeout(() => {
    after = readCpu(load.parts);
  }, until - performance.now());
  const giveUp = setTimeout(finish, until - performance.now() + DRAIN_MS);
  const startedAt = Date.now() - (performance.now() - start);
  for (const connection of connections) ask(connection);
  await finished;
  ended = true;
  clearTimeout(atStart);
  clearTimeout(atEnd);
  clearTimeout(giveUp);
  for (const connection of connections) connection.close();

  const exhausted = next >= requests.length && !load.repeat;
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    rate: measured / ((exhausted ? lastAt - from : until - from) / 1_000),
    p50: at(0.5),
    p99: at(0.99),
    worst: latencies.at(-1) ?? 0,
    cpu: cpuShares(before, after ?? readCpu(load.parts)),
    answers,
    granted,
    timeline: Array.from(timeline, (each) => each ?? 0),
    startedAt,
    sample: sample && Buffer.from(sample, 'latin1').toString(),
    numbers,
  };
}

async function stop(): Promise<void> {
  stopNow();
}

serve({ prepare, run, stop } satisfies GeneratorCalls);
