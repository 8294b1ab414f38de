import type { Cost, Costs, Operation } from './costs.ts';

/** A sale on paper. Each person looks at the event and its seats, takes a place in line, and waits. */
export interface Sale {
  people: number;
  /** Minutes in which they come: one, or those of a lobby. */
  minutes: number;
  /** Share that waits with a socket. The others ask for their place. */
  sockets: number;
  threshold: number;
  /** Whether a cache in front answers public reads. */
  edge: boolean;
}

/** Choosing and paying. */
const SECONDS_INSIDE = 60;
/** QUEUE_TTL_SECONDS / 4 and the shortest pause of a client that polls. */
const [LONGEST_POLL_S, SHORTEST_POLL_S] = [75, 2];
/** The event and the seats, each once a second for each of these caches. */
const EDGES = 20;
/** A process is full at this share of a core: the rest is for what comes at the same moment. */
const FULL = 0.6;
/** 230 MB of sockets. An assumption: not more than 5,000 were tried on one instance. */
const SOCKETS_AN_INSTANCE = 20_000;
/** Bytes of an answer with its headers, rounded up: a place in line, an event, and the status of a large hall. */
const BYTES = { check: 900, poll: 900, event: 1_500, seats: 14_000, hold: 1_200, confirm: 700 };

export interface Demand {
  perSecond: Record<Operation, number>;
  sockets: number;
  /** Cores that each part keeps busy. */
  cores: Cost;
  megabitsPerSecond: number;
  socketGiB: number;
  redisMiB: number;
  instances: number;
  /** The loads beyond its limit, the worst first. */
  breaks: string[];
}

export function demandOf({ people, minutes, sockets, threshold, edge }: Sale, costs: Costs): Demand {
  const arrivals = people / (minutes * 60);
  const holds = Math.min(people, threshold) / SECONDS_INSIDE;
  const polling = Math.max(0, people - threshold) * (1 - sockets);
  const waitSeconds = people / holds;
  const pollSeconds = Math.min(LONGEST_POLL_S, Math.max(SHORTEST_POLL_S, waitSeconds / 10));
  const reads = edge ? Math.min(EDGES, arrivals) : arrivals;
  const perSecond: Record<Operation, number> = {
    check: arrivals,
    poll: polling / pollSeconds,
    event: reads,
    seats: reads,
    hold: holds,
    confirm: holds,
  };
  const sum = (of: (operation: Operation) => number) =>
    (Object.keys(perSecond) as Operation[]).reduce((total, each) => total + perSecond[each] * of(each), 0);
  const cores = {
    service: sum((each) => costs.operations[each].service) / 1e6,
    postgres: sum((each) => costs.operations[each].postgres) / 1e6,
    redis: sum((each) => costs.operations[each].redis) / 1e6,
  };
  const open = Math.round(people * sockets);
  const { memory } = costs;
  return {
    perSecond,
    sockets: open,
    cores,
    megabitsPerSecond: (sum((each) => BYTES[each]) * 8) / 1e6,
    socketGiB: (open * memory.socketResidentKiB) / 1_048_576,
    redisMiB: (people * memory.waitingBytes) / 1_048_576,
    instances: Math.max(2, Math.ceil(cores.service / FULL), Math.ceil(open / SOCKETS_AN_INSTANCE)),
    breaks: [
      // One thread does all of an event's line, also on a cluster.
      ...(cores.redis > FULL ? [`Redis (${cores.redis.toFixed(1)} cores of 1)`] : []),
      // The sales of an event commit one batch after the other.
      ...(cores.postgres > FULL ? [`PostgreSQL (${cores.postgres.toFixed(1)} cores of 1)`] : []),
    ],
  };
}
