import { tokenOf, userIdOf } from '../people.ts';
import { SocketConnection } from '../socket-connection.ts';
import { serve } from '../worker.ts';

export interface Gathering {
  /** The ports of the instances over which the sockets spread. */
  ports: number[];
  eventId: string;
  /** The number of the first user, and the number of users. Each has one socket. */
  from: number;
  count: number;
  secret: string;
}

/** What the sockets in the queue room of an event heard since `listen`. */
export interface Heard {
  /** The number of different `queue-updated` events. */
  announcements: number;
  /** How many of them did not reach every socket exactly once. */
  incomplete: number;
  /** ms from the time in the event to each socket. */
  p50: number;
  p99: number;
}

export type CrowdCalls = {
  gather(gathering: Gathering): Promise<void>;
  /** Forgets the events heard so far. */
  listen(eventId: string): Promise<void>;
  heard(eventId: string): Promise<Heard>;
};

interface Crowd {
  sockets: SocketConnection[];
  /** Each announcement as it is on the wire, and how many sockets heard it. */
  announcements: Map<string, { at: number; heard: number }>;
  latencies: number[];
}

const UPDATED = '["queue-updated",';
const AT_ONCE = 50;
const crowds = new Map<string, Crowd>();

async function gather({ ports, eventId, from, count, secret }: Gathering): Promise<void> {
  const crowd: Crowd = { sockets: [], announcements: new Map(), latencies: [] };
  crowds.set(eventId, crowd);
  let next = 0;
  const usher = async () => {
    while (next < count) {
      const index = next++;
      const token = tokenOf(userIdOf(from + index), secret);
      const port = ports[index % ports.length] as number;
      const socket = await SocketConnection.open(port, token, {
        heard: (event) => note(crowd, event.toString()),
      });
      crowd.sockets.push(socket);
      await socket.ask('join-queue', { eventId });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, usher));
}

function note({ announcements, latencies }: Crowd, event: string): void {
  if (!event.startsWith(UPDATED)) return;
  let announcement = announcements.get(event);
  if (!announcement) {
    const [, { timestamp }] = JSON.parse(event) as [string, { timestamp: string }];
    announcement = { at: Date.parse(timestamp), heard: 0 };
    announcements.set(event, announcement);
  }
  announcement.heard += 1;
  latencies.push(Date.now() - announcement.at);
}

async function listen(eventId: string): Promise<void> {
  const { announcements, latencies } = crowdOf(eventId);
  announcements.clear();
  latencies.length = 0;
}

async function heard(eventId: string): Promise<Heard> {
  const { announcements, latencies, sockets } = crowdOf(eventId);
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    announcements: announcements.size,
    incomplete: [...announcements.values()].filter(({ heard }) => heard !== sockets.length).length,
    p50: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

function crowdOf(eventId: string): Crowd {
  const crowd = crowds.get(eventId);
  if (!crowd) throw new Error(`no socket is in the queue room of ${eventId}`);
  return crowd;
}

serve({ gather, listen, heard } satisfies CrowdCalls);
