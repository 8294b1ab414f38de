import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { post, sign } from '../harness/http-client.ts';
import type { Attempt, GrantedBody, Operation } from './evidence.ts';

export interface Stage {
  ports: number[];
  secret: string;
  /** Most buyers cancel, or else the events would soon be sold out. Of an event to `keep`, most pay. */
  events: { id: string; seats: string[]; ticketTypes: string[]; keep?: boolean }[];
  /** The instances to which a load balancer sends requests: all of them by default. */
  up?: ReadonlySet<number>;
}

export interface Load {
  history: Attempt[];
  /** The share of requests whose client hangs up in the middle. */
  dropping(share: number): void;
  /** Starts no new wishes, and resolves when those under way have their answers. */
  stop(): Promise<void>;
}

interface Wish {
  operation: Operation;
  userId: string;
  token: string;
  path: string;
  body?: object;
  about: Pick<Attempt, 'eventId' | 'tickets' | 'reservationId' | 'paymentId'>;
}

/** How many buyers there are at a time, and how long each rests between two wishes on average. */
export interface Buyers {
  clients: number;
  pauseMs: number;
}

const MANY: Buyers = { clients: 24, pauseMs: 25 };
/** How long a client keeps trying one wish. */
const PATIENCE_MS = 25_000;

const below = (limit: number) => Math.floor(Math.random() * limit);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

/** Buyers who request, repeat a request with the same key when no answer comes, pay or cancel, and record everything. */
export function startLoad(
  { ports, secret, events, up = new Set(ports.keys()) }: Stage,
  { clients: count, pauseMs }: Buyers = MANY,
): Load {
  const history: Attempt[] = [];
  const paymentService = { userId: randomUUID(), token: '' };
  paymentService.token = sign(secret, paymentService.userId, 'service');
  let dropShare = 0;
  let stopping = false;

  async function attempt(wish: Wish, key: string): Promise<Attempt> {
    const { operation, userId, token, path, body, about } = wish;
    const instance = pick([...up]);
    const drops = Math.random() < dropShare;
    const sentAt = Date.now();
    const answer = await post({
      port: ports[instance] as number,
      path,
      token,
      key,
      body,
      ...(drops && { hangUpAfter: below(12) }),
    });
    const content = answer && (parse(answer.text) as { code?: string; reservation?: GrantedBody });
    const made: Attempt = {
      ...about,
      ...{ operation, userId, key, instance, sentAt, endedAt: Date.now() },
      status: answer?.status ?? null,
      dropped: drops && answer === null,
      ...(answer && { text: answer.text }),
      ...(content?.code !== undefined && { code: content.code }),
      ...(answer?.status === 201 && content?.reservation && { granted: content.reservation }),
    };
    history.push(made);
    return made;
  }

  /** Tries until there is an answer, which the same key makes safe. */
  async function insist(wish: Wish): Promise<Attempt> {
    const key = randomUUID();
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const made = await attempt(wish, key);
      const again = made.status === null || made.status >= 500 || made.code === 'IDEMPOTENCY_IN_FLIGHT';
      if (again && Date.now() < deadline) {
        await sleep(20 + below(180));
        continue;
      }
      // Some clients repeat an answered request.
      if (!again && Math.random() < 0.1) await attempt(wish, key);
      return made;
    }
  }

  function grantWish(): Wish {
    const { id: eventId, seats, ticketTypes } = pick(events);
    const userId = randomUUID();
    const token = sign(secret, userId, 'user');
    const operation = pick(['hold', 'hold', 'buy', 'buy', 'best'] as const);
    const quantity = 1 + below(3);
    if (operation === 'hold') {
      const seatIds = [...new Set(Array.from({ length: quantity }, () => pick(seats)))];
      return {
        operation,
        userId,
        token,
        path: '/api/v1/seats/reserve',
        body: { eventId, seatIds },
        about: { eventId },
      };
    }
    if (operation === 'best') {
      const body = { eventId, quantity };
      return { operation, userId, token, path: '/api/v1/seats/best-available', body, about: { eventId } };
    }
    const both = Math.random() < 0.5 ? ticketTypes : [pick(ticketTypes)];
    const tickets = both.map((ticketTypeId) => ({ ticketTypeId, quantity }));
    return {
      operation,
      userId,
      token,
      path: '/api/v1/reservations',
      body: { eventId, items: tickets },
      about: { eventId, tickets },
    };
  }

  async function buyer(): Promise<void> {
    const wish = grantWish();
    const { granted, eventId } = await insist(wish);
    if (!granted) return;
    const about = { eventId, reservationId: granted.id };
    const path = `/api/v1/reservations/${granted.id}`;
    const { pays, cancels } = whatNext(events.find(({ id }) => id === eventId)?.keep);
    if (pays) {
      const paymentId = randomUUID();
      await insist({
        operation: 'confirm',
        ...paymentService,
        path: `${path}/confirm`,
        body: { paymentId, paymentMethod: 'card', amount: granted.totalAmount },
        about: { ...about, paymentId },
      });
    }
    if (cancels) {
      await insist({
        operation: 'cancel',
        userId: wish.userId,
        token: wish.token,
        path: `${path}/cancel`,
        about,
      });
    }
  }

  async function client(): Promise<void> {
    while (!stopping) {
      await buyer();
      await sleep(below(2 * pauseMs));
    }
  }

  const clients = Promise.all(Array.from({ length: count }, client));
  return {
    history,
    dropping(share) {
      dropShare = share;
    },
    async stop() {
      stopping = true;
      await clients;
    },
  };
}

/** The others let the hold expire. */
function whatNext(keep = false): { pays: boolean; cancels: boolean } {
  const next = Math.random();
  if (keep) return { pays: next < 0.7, cancels: next < 0.1 };
  return { pays: next < 0.3, cancels: next < 0.2 || (next > 0.3 && next < 0.8) };
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
