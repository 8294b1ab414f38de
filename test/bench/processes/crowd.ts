import { tokenOf, userIdOf } from '../people.ts';
import { SocketConnection } from '../socket-connection.ts';
import { serve } from '../worker.ts';

export interface Gathering {
  /** Of the instances that they spread over. */
  ports: number[];
  eventId: string;
  /** The number of the first user, and how many there are; one socket each. */
  from: number;
  count: number;
  secret: string;
}

/** What those in the queue room of an event heard of the line since `listen`. */
export interface Heard {
  /** Different `queue-updated`. */
  announcements: number;
  /** Of these, how many did not reach each of them exactly once. */
  incomplete: number;
  /** ms from the announcement's own time to each socket. */
  p50: number;
  p99: number;
}

export type CrowdCalls = {
  gather(gathering: Gathering): Promise<void>;
  /** Forgets what they heard so far. */
  listen(eventId: string): Promise<void>;
  heard(eventId: string): Promise<Heard>;
};

interface Crowd {
  sockets: SocketConnection[];
  /** Each announcement, as it is on the wire, and how many have heard it. */
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
      const socket = await SocketConnection.open(port, token, (event) => note(crowd, event));
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
  if (!crowd) throw new Error(`nobody is in the queue room of ${eventId}`);
  return crowd;
}

serve({ gather, listen, heard } satisfies CrowdCalls);
