import { setTimeout as sleep } from 'node:timers/promises';
import { digest, type Stock, stockLine } from './digest.ts';
import type { Kind, Picture, Reason, Step, WatcherRecord } from './history.ts';
import type { Message } from './messages.ts';
import { read } from './reads.ts';
import type { Stage } from './stage.ts';
import type { Connection, Transport } from './transports.ts';

type Changes = Extract<Message, { type: 'changes' }>;

const RETRY_MS = 300;
const GONE = 410;
const OK = 200;

/** The steps of a packet, which all who hear it share. */
const hears = new WeakMap<Changes, Step>();

function hearOf(changes: Changes): Step {
  const { from, version } = changes;
  const step = hears.get(changes) ?? { did: 'hear', from, version };
  hears.set(changes, step);
  return step;
}

/**
 * A client that keeps the map of an event as docs/realtime.md explains it: a whole map, then steps from version to version; what is
 * missing is asked for, and after a break it goes on where it was, at another instance.
 */
export class Follower {
  readonly record: WatcherRecord;
  readonly #transport: Transport;
  readonly #stage: Stage;
  #connection: Connection | undefined;
  /** Of the current attempt to connect; what comes from earlier ones is ignored. */
  #attempt = 0;
  #port = 0;
  #isOver = false;
  /** News that came while something was read. */
  #kept: Changes[] = [];
  /** What is read, one after the other, and how much of it there is. */
  #reading = Promise.resolve();
  #reads = 0;
  #version = -1;
  #layout = 0;
  #codes = new Uint8Array();
  readonly #stock = new Map<string, Stock>();
  /** Whether its packets tell of stock. */
  #hasStock = false;
  /** `undefined` while it isn't connected. */
  connectedAt: number | undefined;

  constructor(kind: Exclude<Kind, 'reference'>, transport: Transport, stage: Stage) {
    this.record = { kind, steps: [], last: undefined };
    this.#transport = transport;
    this.#stage = stage;
  }

  get version(): number {
    return this.#version;
  }

  /** Connects until it has a map. */
  async start(): Promise<void> {
    await this.#connect();
    while (this.#version < 0 && !this.#isOver) await sleep(20);
  }

  stop(): void {
    this.#isOver = true;
    this.#connection?.close();
  }

  picture(): Picture | undefined {
    if (this.#version < 0) return undefined;
    const stock = this.#hasStock ? [...this.#stock.values()].map(stockLine).sort() : [];
    return { version: this.#version, seats: digest(this.#codes), stock };
  }

  async #connect(): Promise<void> {
    while (!this.#isOver) {
      const attempt = ++this.#attempt;
      const instance = this.#stage.anyInstance();
      this.#port = this.#stage.ports[instance] as number;
      this.#kept = [];
      this.record.steps.push({ did: 'connect', instance });
      try {
        const connection = await this.#transport({
          ...{ port: this.#port, eventId: this.#stage.eventId, secret: this.#stage.secret },
          since: this.#version < 0 ? undefined : this.#version,
          heard: (message) => {
            if (attempt === this.#attempt) this.#hear(message);
          },
          closed: () => {
            if (attempt === this.#attempt) void this.#again();
          },
        });
        if (attempt !== this.#attempt) return;
        this.#connection = connection;
        this.connectedAt = Date.now();
        return;
      } catch {
        await this.#rest();
      }
    }
  }

  async #again(): Promise<void> {
    this.connectedAt = undefined;
    this.#attempt++;
    await this.#rest();
    await this.#connect();
  }

  #rest(): Promise<void> {
    return sleep(RETRY_MS * (1 + Math.random()));
  }

  #hear(message: Message): void {
    if (message.type === 'reset') this.#read('told');
    else if (message.type === 'changes') this.#judge(message);
    else if (this.#version < 0) this.#read('first');
    else if (message.layout !== this.#layout) this.#read('layout');
    else if (message.version > this.#version) this.#catchUp();
  }

  #judge(changes: Changes): void {
    if (this.#reads > 0) this.#kept.push(changes);
    else if (this.#version < 0) {
      this.#kept.push(changes);
      this.#read('first');
    } else if (changes.layout !== this.#layout) {
      if (changes.layout > this.#layout) this.#read('layout');
    } else if (changes.from > this.#version) {
      this.record.steps.push({ did: 'miss', from: changes.from, version: changes.version });
      this.#kept.push(changes);
      this.#catchUp();
    } else {
      this.record.steps.push(hearOf(changes));
      this.#apply(changes);
    }
  }

  #apply({ version, seats, stock }: Changes): void {
    if (version <= this.#version) return;
    for (const [index, code] of seats) this.#codes[index] = code;
    for (const each of stock) this.#stock.set(each.ticketTypeId, each);
    this.#version = version;
  }

  #catchUp(): void {
    this.#whileReading(async (port) => {
      const path = `/api/v1/seats/events/${this.#stage.eventId}/changes?since=${this.#version}`;
      const { status, body } = await read<Changes>(port, path);
      if (status === GONE) return await this.#load(port, 'gone');
      if (status !== OK) throw new Error(`${status} to ${path}`);
      if (body.layout !== this.#layout) return await this.#load(port, 'layout');
      this.record.steps.push({ did: 'catch-up', from: body.from, version: body.version });
      this.#apply(body);
    });
  }

  #read(why: Reason): void {
    this.#whileReading((port) => this.#load(port, why));
  }

  /** Reads from the instance of the connection, until it works or the connection is another one. Then judges the news that it kept. */
  #whileReading(action: (port: number) => Promise<void>): void {
    const attempt = this.#attempt;
    this.#reads++;
    this.#reading = this.#reading.then(async () => {
      for (let done = false; !done && attempt === this.#attempt && !this.#isOver; ) {
        done = await action(this.#port).then(
          () => true,
          () => false,
        );
        if (!done) await this.#rest();
      }
      this.#reads--;
      if (this.#reads === 0) for (const changes of this.#kept.splice(0)) this.#judge(changes);
    });
  }

  async #load(port: number, why: Reason): Promise<void> {
    const { eventId } = this.#stage;
    const map = await read<{ version: number; layout: number; count: number; statuses: string }>(
      port,
      `/api/v1/seats/events/${eventId}/status`,
    );
    const tickets = await read<{ version?: number; ticketTypes: TicketType[] }>(
      port,
      `/api/v1/tickets/event/${eventId}`,
    );
    if (map.status !== OK || tickets.status !== OK) throw new Error(`${map.status} ${tickets.status}`);
    const { version, layout, count, statuses } = map.body;
    this.record.steps.push({ did: 'read', version, why: this.#version < 0 ? 'first' : why });
    const bytes = Buffer.from(statuses, 'base64');
    this.#codes = Uint8Array.from(
      { length: count },
      (_, i) => ((bytes[i >> 2] as number) >> (6 - 2 * (i & 3))) & 3,
    );
    this.#layout = layout;
    this.#version = version;
    for (const { id, available_quantity, total_quantity } of tickets.body.ticketTypes) {
      this.#stock.set(id, {
        ticketTypeId: id,
        availableQuantity: available_quantity,
        totalQuantity: total_quantity,
      });
    }
    this.#hasStock = this.record.kind !== 'batch';
  }
}

interface TicketType {
  id: string;
  available_quantity: number;
  total_quantity: number;
}
