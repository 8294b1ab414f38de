import { setTimeout as sleep } from 'node:timers/promises';
import { createTiketiClient, type EventDetail } from '../../client/index.ts';
import { Crowd, type Sign } from '../crowd/crowd.ts';
import type { Manners } from '../crowd/messages.ts';
import { type CrowdRecord, merge } from '../crowd/record.ts';
import { readShelf, type Shelf } from './shelf.ts';

export interface Rehearsal {
  url: string;
  eventId: string;
  users: number;
  processes: number;
  /** All arrive within these seconds. */
  arrivalSeconds: number;
  /** How much faster than people the buyers live. */
  speed: number;
  minutes: number;
  sign: Sign;
}

export interface Outcome {
  event: EventDetail;
  users: number;
  arrived: number;
  bought: number;
  record: CrowdRecord;
  /** From the start of the sale, or that of the rehearsal if it was later. */
  soldOutSeconds: number | undefined;
  /** What was to be had before and after it. */
  before: Shelf;
  after: Shelf;
  /** Whether buyers were still there when the time was over. */
  cutShort: boolean;
}

/** The event isn't one to rehearse with. */
class NoRehearsal extends Error {}

/** Buyers read the mark in front of the title, so that no event that is meant to be sold carries it. */
const MARK = /^\s*\[(rehearsal|리허설)\]/i;
const CONVERSATION_MS = 250;
/** Another instance knows a sale after two seconds at the latest, and a cache may keep what it read for one. */
const SETTLES_MS = 3_000;
const LIMITS: Omit<Manners, 'arrivalMs'> = {
  // As many as the buyers have: the service is to say when it is too much.
  requestsPerSecond: 1_000_000,
  inFlight: 2_000,
  // Each one asks after `nextPollMs`, as a client without a socket does.
  pollsPerSecond: 1_000_000,
};

/** Plays a sale, after it has read that the event is for rehearsals. */
export async function rehearse(rehearsal: Rehearsal): Promise<Outcome> {
  const { url, eventId, users, processes, minutes, speed, sign } = rehearsal;
  const visitor = createTiketiClient({ baseUrl: url });
  const { event } = await visitor.getEvent({ id: eventId });
  refuseUnmarked(event);
  const before = await readShelf(visitor, event);

  const begin = Math.max(Date.now(), Date.parse(event.sale_start_date));
  const manners = { ...LIMITS, arrivalMs: rehearsal.arrivalSeconds * 1_000 * speed };
  const crowds = shares(users, processes).map(
    (buyers) => new Crowd(url, eventId, { buyers, speed }, sign, manners),
  );
  const cutShort = await untilGone(crowds, minutes * 60_000);
  await sleep(SETTLES_MS);
  const record = merge(crowds.map((crowd) => crowd.record));
  const sum = (figure: 'arrived' | 'bought') =>
    crowds.reduce((total, { status }) => total + status[figure], 0);
  return {
    event,
    users,
    arrived: sum('arrived'),
    bought: sum('bought'),
    record,
    soldOutSeconds: record.soldOutAt && Math.max(0, record.soldOutAt - begin) / 1_000,
    before,
    after: await readShelf(visitor, event),
    cutShort,
  };
}

function refuseUnmarked({ title, status }: EventDetail): void {
  if (!MARK.test(title))
    throw new NoRehearsal(
      `The event is called ${JSON.stringify(title)}. Only one whose title begins with [리허설] or [Rehearsal] is rehearsed with.`,
    );
  if (status !== 'on_sale' && status !== 'upcoming')
    throw new NoRehearsal(`The event is not on sale: its status is ${status}.`);
}

/** As equal as whole numbers can be. */
function shares(users: number, processes: number): number[] {
  return Array.from({ length: processes }, (_, index) => Math.floor((users + index) / processes)).filter(
    (share) => share > 0,
  );
}

/** Lets the crowds tell each other how far the line has come. @returns whether time ended it */
async function untilGone(crowds: Crowd[], ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  const gone = Promise.all(crowds.map(({ ended }) => ended));
  gone.catch(() => undefined);
  for (;;) {
    if ((await Promise.race([gone, sleep(CONVERSATION_MS, 'later')])) !== 'later') return false;
    const rank = Math.max(...crowds.map(({ record }) => record.lastInside));
    for (const crowd of crowds) crowd.hear(rank);
    if (Date.now() < deadline) continue;
    await Promise.all(crowds.map((crowd) => crowd.leave()));
    return true;
  }
}
