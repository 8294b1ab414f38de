import { tokenOf, userIdOf } from '../people.ts';
import { SocketConnection } from '../socket-connection.ts';
import { serve } from '../worker.ts';

export interface SeatGathering {
  port: number;
  /** The event whose seats they follow, in batch mode. Without it the sockets do nothing but stay open. */
  eventId?: string;
  count: number;
  secret: string;
}

/** A `seats-changed` packet that sockets heard since `listen`. */
export interface HeardPacket {
  from: number;
  version: number;
  /** How many seats it tells of. */
  seats: number;
  /** When the sockets heard it: how many, at which ms since 1970. */
  heard: [at: number, sockets: number][];
}

export type SeatCrowdCalls = {
  gather(gathering: SeatGathering): Promise<void>;
  /** Forgets the packets heard so far. */
  listen(nothing: undefined): Promise<void>;
  heard(nothing: undefined): Promise<HeardPacket[]>;
  /** What was wrong with the packets of any socket since it joined. */
  problems(nothing: undefined): Promise<string[]>;
  /** The seats that one socket heard of, by index, and the version after the last packet. */
  map(nothing: undefined): Promise<{ version: number; seats: [index: number, status: number][] }>;
  leave(nothing: undefined): Promise<void>;
};

interface Packet {
  from: number;
  version: number;
  bytes: Buffer;
  heard: Map<number, number>;
}

const CHANGED = Buffer.from('["seats-changed",');
const FROM = Buffer.from('"from":');
const VERSION = Buffer.from('"version":');
const AT_ONCE = 50;
const ZERO = 48;
const NINE = 57;

const sockets: SocketConnection[] = [];
/** By version. */
const packets = new Map<number, Packet>();
const problems = new Map<string, number>();
/** The first socket parses what it hears. */
const first = { version: -1, seats: new Map<number, number>() };

async function gather({ port, eventId, count, secret }: SeatGathering): Promise<void> {
  let next = 0;
  const usher = async () => {
    while (next < count) {
      const index = next++;
      let last = -1;
      const socket = await SocketConnection.open(port, tokenOf(userIdOf(index), secret), {
        heard(event) {
          if (event.compare(CHANGED, 0, CHANGED.length, 0, CHANGED.length) !== 0) return;
          const { from, version } = note(event);
          if (last >= 0 && (from > last || version <= last))
            complain('a step that does not follow the last one');
          last = version;
          if (index === 0) follow(event);
        },
        closed: () => complain('a socket was disconnected'),
      });
      sockets.push(socket);
      if (eventId) await socket.ask('join-seat-selection', { eventId, batch: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, usher));
}

/** Reads only the versions. All sockets hear the same bytes, so one of them is enough to count the seats. */
function note(event: Buffer): Packet {
  const version = numberAfter(event, VERSION);
  let packet = packets.get(version);
  if (!packet) {
    packet = { from: numberAfter(event, FROM), version, bytes: Buffer.from(event), heard: new Map() };
    packets.set(version, packet);
  } else if (event.length !== packet.bytes.length) complain('two packets of one version that differ');
  const now = Date.now();
  packet.heard.set(now, (packet.heard.get(now) ?? 0) + 1);
  return packet;
}

interface Changes {
  version: number;
  seats: [index: number, status: number][];
}

const changesOf = (event: Buffer) => (JSON.parse(event.toString()) as [string, Changes])[1];

function follow(event: Buffer): void {
  const { version, seats } = changesOf(event);
  first.version = version;
  for (const [index, status] of seats) first.seats.set(index, status);
}

function complain(problem: string): void {
  problems.set(problem, (problems.get(problem) ?? 0) + 1);
}

function numberAfter(event: Buffer, text: Buffer): number {
  let number = 0;
  for (let at = event.indexOf(text) + text.length; ; at++) {
    const byte = event[at] as number;
    if (byte < ZERO || byte > NINE) return number;
    number = number * 10 + byte - ZERO;
  }
}

async function listen(): Promise<void> {
  packets.clear();
}

async function heard(): Promise<HeardPacket[]> {
  return [...packets.values()].map(({ from, version, bytes, heard }) => ({
    ...{ from, version, seats: changesOf(bytes).seats.length },
    heard: [...heard],
  }));
}

async function leave(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.close();
  problems.clear();
}

serve({
  ...{ gather, listen, heard, leave },
  problems: async () => [...problems].map(([problem, times]) => `${times} × ${problem}`),
  map: async () => ({ version: first.version, seats: [...first.seats] }),
} satisfies SeatCrowdCalls);
