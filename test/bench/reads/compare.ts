import type { Bed } from '../bed.ts';
import { startChanging } from '../changer.ts';
import { commitsOf } from '../commits.ts';
import { CONNECTIONS, WARM_SECONDS } from '../load.ts';
import type { Pace } from '../pace.ts';
import type { PlainCalls } from '../processes/plain.ts';
import type { ReaderCalls, ReadResult } from '../processes/reader.ts';
import { added, median, medians, type RowResult } from '../result.ts';
import type { Service } from '../service.ts';
import { wireAnswer } from '../wire-answer.ts';
import type { Worker } from '../worker.ts';

/** What the rows of `reads` share. */
export interface Stage {
  bed: Bed;
  service: Service;
  plain: Worker<PlainCalls> & { port: number };
  reader: Worker<ReaderCalls>;
}

/** A read of the service that is compared with plain bytes of the same size. */
export interface Read {
  name: string;
  title: string;
  /** The operation's path in the contract, which the plain route has too. */
  url: string;
  paths: string[];
  /** Beside the path: `accept-encoding`. */
  headers?: Record<string, string>;
  /** The least share of the rate of plain bytes. */
  least: number;
  /** Seats that change meanwhile. */
  changes?: { eventId: string; seatIds: string[]; perSecond: number; staleMs: number };
}

/** V8 needs tens of thousands of requests to compile the code that they run through. */
const WARM_UP_SECONDS = 3;
const SAMPLES = 25;

/** Reads plain bytes and the service in turns. Seats change during both, so that the machine is equally busy. */
export async function compare(stage: Stage, read: Read, { seconds, rounds }: Pace): Promise<RowResult> {
  const { bed, service, plain, reader } = stage;
  const headers = Object.entries(read.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const problems: string[] = [];
  const sample = await usualAnswer(service, read);
  if (read.headers?.['accept-encoding'] && !sample.headers['content-encoding'])
    problems.push('the answer is not compressed');
  await plain.call('answer', { url: read.url, body: sample.body, headers: describing(sample.headers) });

  const on = (which: 'service' | 'plain', time: number): Promise<ReadResult> =>
    reader.call('read', {
      ...{ port: { service, plain }[which].port, paths: read.paths, headers, connections: CONNECTIONS },
      ...{ warmSeconds: WARM_SECONDS, seconds: time },
      pid: { service, plain }[which].pid,
      parts: {
        service: service.pid,
        plain: plain.pid,
        reader: reader.pid,
        postgres: bed.parts.postgres as number,
      },
    });
  await on('plain', WARM_UP_SECONDS);
  await on('service', WARM_UP_SECONDS);

  const { changes } = read;
  const changer = changes && (await startChanging(service, changes, bed.secret, changes.perSecond));
  const results: ReadResult[] = [];
  const figures: {
    service: number;
    plain: number;
    serviceUs: number;
    plainUs: number;
    [figure: string]: number;
  }[] = [];
  const stale: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ofPlain = await on('plain', seconds);
    const begun = Date.now() + WARM_SECONDS * 1_000;
    const result = await on('service', seconds);
    const until = Date.now();
    results.push(result);
    if (read.paths.length === 1 && result.backward > 0)
      problems.push(`${result.backward} answers had an older version than one before`);
    for (const status of Object.keys(result.answers))
      if (status !== '200') problems.push(`${result.answers[status]} unexpected answers ${status}`);
    if (changes) stale.push(...(await staleness(service, changes, result, begun, until - changes.staleMs)));
    figures.push({
      ...{ service: result.rate, plain: ofPlain.rate, bytes: Math.round(result.bytes / result.rate) },
      ...{ serviceUs: result.cpuUs, plainUs: ofPlain.cpuUs },
      plainReaderCpu: ofPlain.cpu.reader ?? 0,
    });
  }
  problems.push(...((await changer?.stop()) ?? []));
  stale.sort((a, b) => a - b);
  if (changes && stale.length === 0) problems.push('no change was seen');
  return {
    name: read.name,
    title: `${read.title}, ${size(sample.body.length)}`,
    rate: median(results.map(({ rate }) => rate)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    cpu: medians(results.map(({ cpu }) => cpu)),
    targets: [
      {
        of: 'plain',
        value: median(figures.map((figure) => figure.service / figure.plain)),
        target: read.least,
        reference: median(figures.map((figure) => figure.plain)),
      },
      ...(changes
        ? [
            {
              of: 'ms from commit to answer, p99',
              value: stale[Math.floor(stale.length * 0.99)] ?? Number.POSITIVE_INFINITY,
              target: changes.staleMs,
              atMost: true,
            },
            { of: 'ms from commit to answer, worst', value: stale.at(-1) ?? Number.POSITIVE_INFINITY },
          ]
        : // Tells the same on a machine that others use. With changes, the service's share would include the sales.
          [
            {
              of: 'plain, by CPU an answer',
              value: median(figures.map(({ plainUs, serviceUs }) => plainUs / serviceUs)),
            },
          ]),
    ],
    problems: [...new Set(problems)],
    answers: added(results.map(({ answers }) => answers)),
    rounds: figures,
  };
}

/** The answer of median size to some of the requests. */
async function usualAnswer({ port }: Service, { paths, headers }: Read) {
  const answers: Awaited<ReturnType<typeof wireAnswer>>[] = [];
  for (const path of paths.slice(0, SAMPLES)) {
    const answer = await wireAnswer(port, path, headers);
    if (answer.status !== 200) throw new Error(`${answer.status} to ${path}: ${answer.body}`);
    answers.push(answer);
  }
  answers.sort((a, b) => a.body.length - b.body.length);
  return answers[Math.floor(answers.length / 2)] as (typeof answers)[number];
}

/** For each version that was committed while the reading went on, ms until an answer named it or a later one. */
async function staleness(
  { pool }: Service,
  { eventId }: { eventId: string },
  { seen }: ReadResult,
  from: number,
  to: number,
): Promise<number[]> {
  const commits = (await commitsOf(pool, eventId)).filter(({ at }) => at >= from && at <= to);
  let next = 0;
  return commits.map(({ version, at }) => {
    while (next < seen.length && (seen[next] as { version: number }).version < version) next++;
    return Math.max(0, (seen[next]?.at ?? Number.POSITIVE_INFINITY) - at);
  });
}

function size(bytes: number): string {
  return bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000)} KB`;
}

/** The headers that belong to the bytes. */
function describing(headers: Record<string, unknown>): Record<string, string> {
  const names = ['content-type', 'content-encoding', 'etag'];
  return Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
