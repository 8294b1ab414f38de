import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketConnection } from '../../bench/socket-connection.ts';
import { sign } from '../harness/http-client.ts';
import { digest } from './digest.ts';
import type { Picture, WatcherRecord } from './history.ts';
import { parseOnce } from './messages.ts';
import { read } from './reads.ts';
import type { Stage } from './stage.ts';

const RETRY_MS = 300;
const CODES = { available: 0, locked: 1, reserved: 2 } as const;
type Status = keyof typeof CODES;

interface SeatNews {
  seatId: string;
  status: Status;
  version: number;
}

/** An existing client: it joins without `batch`, reads the seat map, and applies the packets of single seats. After a break it does so again. */
export class ReferenceClient {
  readonly record: WatcherRecord = { kind: 'reference', steps: [], last: undefined };
  readonly #stage: Stage;
  #socket: SocketConnection | undefined;
  #isOver = false;
  #version = -1;
  /** In the order of the map. */
  #seats = new Map<string, Status>();
  /** The last news of each seat since the connection was made. */
  #news = new Map<string, SeatNews>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** It can't say how far it is: packets of single seats name no version of the event. */
  get version(): number {
    return -1;
  }

  readonly connectedAt = undefined;

  async start(): Promise<void> {
    const { eventId, secret, ports } = this.#stage;
    while (!this.#isOver) {
      const instance = this.#stage.anyInstance();
      const port = ports[instance] as number;
      this.record.steps.push({ did: 'connect', instance });
      this.#news = new Map();
      let isBroken = false;
      let isReady = false;
      try {
        const socket = await SocketConnection.open(port, sign(secret, randomUUID(), 'user'), {
          heard: (event) => this.#hear(event.toString()),
          closed: () => {
            isBroken = true;
            if (isReady && !this.#isOver) void sleep(RETRY_MS * (1 + Math.random())).then(() => this.start());
          },
        });
        this.#socket = socket;
        await socket.ask('join-seat-selection', { eventId });
        await this.#load(port);
        if (isBroken) throw new Error('the connection broke');
        isReady = true;
        return;
      } catch {
        this.#socket?.close();
        await sleep(RETRY_MS * (1 + Math.random()));
      }
    }
  }

  stop(): void {
    this.#isOver = true;
    this.#socket?.close();
  }

  picture(): Picture | undefined {
    if (this.#seats.size === 0) return undefined;
    const codes = Uint8Array.from(this.#seats.values(), (status) => CODES[status]);
    return { version: this.#version, seats: digest(codes), stock: [] };
  }

  #hear(event: string): void {
    const [name, news] = parseOnce<[string, SeatNews]>(event);
    if (name !== 'seat-locked') return;
    const known = this.#news.get(news.seatId);
    if (known && known.version > news.version) return;
    this.#news.set(news.seatId, news);
    if (this.#seats.has(news.seatId)) this.#seats.set(news.seatId, news.status);
  }

  /** What it heard while it read the map is newer, or will be told again. */
  async #load(port: number): Promise<void> {
    const path = `/api/v1/seats/events/${this.#stage.eventId}`;
    const { status, body, etag } = await read<{ seats: { id: string; status: Status }[] }>(port, path);
    if (status !== 200) throw new Error(`${status} to ${path}`);
    this.#version = Number(/\d+/.exec(etag)?.[0]);
    this.record.steps.push({ did: 'read', version: this.#version, why: 'first' });
    this.#seats = new Map(body.seats.map(({ id, status }) => [id, this.#news.get(id)?.status ?? status]));
  }
}
