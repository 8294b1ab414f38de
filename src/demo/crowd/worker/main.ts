import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createTiketiClient } from '../../../client/index.ts';
import { type CrowdSettings, NO_FIGURES, type ToWorker } from '../messages.ts';
import { Buyer, type Crowd } from './buyer.ts';
import { HumanTime } from './human-time.ts';
import { Line } from './line.ts';
import { offerOf } from './offer.ts';
import { Pace } from './pace.ts';

/*
 * The process of a crowd. It knows the public API, the SDK and the tokens that the service has signed for its buyers, and ends with the
 * service.
 */

/** The requests of all buyers together. A crowd of 5,000 takes a tenth of a core of the service, and a sixth for itself. */
const REQUESTS_PER_SECOND = 300;
/** On their way home they only leave the line. */
const LEAVING_PER_SECOND = 2_000;
/** All arrive within this time of theirs. */
const ARRIVAL_MS = 30_000;
const REPORT_MS = 250;

const figures = { ...NO_FIGURES };
const tokens: string[] = [];
const leave = new AbortController();
const visits = new Set<Promise<void>>();
const pace = new Pace(REQUESTS_PER_SECOND);
let settings: CrowdSettings;
let time: HumanTime;

process.on('disconnect', () => process.exit());
process.on('message', (message: ToWorker) => {
  if (message.kind === 'tokens') tokens.push(...message.tokens);
  if (message.kind === 'settings') change(message.settings);
  if (message.kind === 'start') void start(message);
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
  const { origin, eventId, paymentToken } = order;
  setMaxListeners(0, leave.signal);
  settings = order.settings;
  time = new HumanTime(settings.speed, leave.signal);
  setInterval(report, REPORT_MS);
  const clientOf = (token?: string) =>
    createTiketiClient({
      baseUrl: origin,
      ...(token !== undefined && { token }),
      fetch: (request) =>
        pace.run(request.url.includes('/queue/check/') ? 'arrive' : 'goOn', () => fetch(request)),
    });
  const { event } = await clientOf().getEvent({ id: eventId });
  const payments = clientOf(paymentToken);
  await arrive({
    eventId,
    saleStartsAt: Date.parse(event.sale_start_date),
    // A live stream stays open, and would take the place of a request.
    offer: await offerOf(createTiketiClient({ baseUrl: origin }), event),
    time,
    line: new Line(leave.signal),
    figures,
    clientOf,
    async pay({ id, totalAmount }) {
      const paymentId = `crowd-${randomUUID()}`;
      await payments.confirmReservation({ id, paymentId, paymentMethod: 'card', amount: totalAmount });
    },
    over: leave.signal,
  });
  while (visits.size > 0) await Promise.all(visits);
  report();
  process.disconnect();
}

/** Lets the buyers come, evenly, until all are there or the crowd has to leave. */
async function arrive(crowd: Crowd): Promise<void> {
  let due = 0;
  let last = time.now;
  while (figures.arrived < settings.buyers && !leave.signal.aborted) {
    due = Math.min(settings.buyers, due + ((time.now - last) / ARRIVAL_MS) * settings.buyers);
    last = time.now;
    while (figures.arrived < due && tokens.length > 0) welcome(crowd, tokens.pop() as string);
    await time.pause(50).catch(() => undefined);
  }
}

function welcome(crowd: Crowd, token: string): void {
  const visit = new Buyer(crowd, token).visit().finally(() => visits.delete(visit));
  visits.add(visit);
}

function report(): void {
  process.send?.(figures);
}
