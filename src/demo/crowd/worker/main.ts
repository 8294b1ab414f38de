import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createTiketiClient } from '../../../client/index.ts';
import { type CrowdSettings, type FromWorker, NO_FIGURES, type ToWorker } from '../messages.ts';
import { emptyRecord } from '../record.ts';
import { Buyer, type Crowd } from './buyer.ts';
import { HumanTime } from './human-time.ts';
import { Line } from './line.ts';
import { type Hold, offerOf } from './offer.ts';
import { Pace } from './pace.ts';
import { watchedFetch } from './watched-fetch.ts';

/*
 * The process of a crowd. It knows the public API, the SDK and the tokens of its buyers, and ends with the process that started it.
 */

/** On their way home they only leave the line. */
const LEAVING_PER_SECOND = 2_000;
const REPORT_MS = 250;

const figures = { ...NO_FIGURES };
const record = emptyRecord();
const kept = new Set<Hold>();
const delay = monitorEventLoopDelay();
const tokens: string[] = [];
const leave = new AbortController();
const visits = new Set<Promise<void>>();
let pace: Pace;
let settings: CrowdSettings;
let time: HumanTime;

process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => {
  if (message.kind === 'tokens') tokens.push(...message.tokens);
  if (message.kind === 'settings') change(message.settings);
  if (message.kind === 'start') void start(message);
  if (message.kind === 'inside') record.lastInside = Math.max(record.lastInside, message.rank);
  if (message.kind === 'leave') {
    pace.perSecond = LEAVING_PER_SECOND;
    leave.abort();
  }
});

function change(changed: CrowdSettings): void {
  settings = changed;
  if (time) time.speed = changed.speed;
}

async function start(order: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
  const { origin, eventId, paymentToken, manners } = order;
  setMaxListeners(0, leave.signal);
  settings = order.settings;
  time = new HumanTime(settings.speed, leave.signal);
  pace = new Pace(manners.requestsPerSecond, manners.inFlight);
  delay.enable();
  const clientOf = (token?: string) =>
    createTiketiClient({
      baseUrl: origin,
      ...(token !== undefined && { token }),
      fetch: (request) =>
        pace.run(request.url.includes('/queue/check/') ? 'arrive' : 'goOn', () =>
          watchedFetch(record, request),
        ),
    });
  const { event } = await clientOf().getEvent({ id: eventId });
  const payments = clientOf(paymentToken);
  // A live stream stays open, and would take the place of a request.
  const offer = await offerOf(createTiketiClient({ baseUrl: origin }), event);
  const reports = setInterval(() => {
    if (offer.isSoldOut()) record.soldOutAt ??= Date.now();
    report();
  }, REPORT_MS);
  const crowd: Crowd = {
    eventId,
    saleStartsAt: Date.parse(event.sale_start_date),
    offer,
    time,
    line: new Line(leave.signal, record, manners.pollsPerSecond),
    figures,
    record,
    kept,
    clientOf,
    async pay({ id, totalAmount }) {
      const paymentId = `crowd-${randomUUID()}`;
      await payments.confirmReservation({ id, paymentId, paymentMethod: 'card', amount: totalAmount });
    },
    over: leave.signal,
  };
  await arrive(crowd, manners.arrivalMs);
  while (visits.size > 0) await Promise.all(visits);
  clearInterval(reports);
  record.kept = [...kept].flatMap(({ places }) => places);
  report(() => process.disconnect());
}

/** Lets the buyers come, evenly, until all are there or the crowd has to leave. */
async function arrive(crowd: Crowd, arrivalMs: number): Promise<void> {
  let due = 0;
  let last = time.now;
  while (figures.arrived < settings.buyers && !leave.signal.aborted) {
    due = Math.min(settings.buyers, due + ((time.now - last) / arrivalMs) * settings.buyers);
    last = time.now;
    while (figures.arrived < due && tokens.length > 0) welcome(crowd, tokens.pop() as string);
    await time.pause(50).catch(() => undefined);
  }
}

function welcome(crowd: Crowd, token: string): void {
  const visit = new Buyer(crowd, token).visit().finally(() => visits.delete(visit));
  visits.add(visit);
}

function report(sent: () => void = () => undefined): void {
  record.lateMs = delay.percentile(99) / 1e6;
  const message: FromWorker = { figures, record };
  process.send?.(message, sent);
}
