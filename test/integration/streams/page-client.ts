import { setTimeout as sleep } from 'node:timers/promises';
import type { EventChanges } from '../../../src/contract/schemas.ts';
import { type Message, openEventStream } from '../../support/streams.ts';

interface Status {
  version: number;
  layout: number;
  count: number;
  statuses: string;
}

interface Options {
  eventId: string;
  /** The instance that answers the next request. */
  origin: () => string;
  /** Whether a message is lost. */
  loses?: (message: Message) => boolean;
  /** The random time of step 4, in ms. */
  pause?: () => number;
}

/** A client written from docs/realtime.md alone, step by step, without anything of the SDK. */
export class PageClient {
  layout = -1;
  version = -1;
  codes: number[] = [];
  ids: string[] = [];
  /** How often each step of the page was needed. */
  readonly counts = { load: 0, gap: 0, gone: 0, resume: 0, reset: 0 };
  readonly #options: Options;
  readonly #queue: Message[] = [];
  #isClosed = false;
  #cut: () => void = () => undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Follows the event until it is closed. */
  async run(): Promise<void> {
    await Promise.all([this.#listen(), this.#work()]);
  }

  close(): void {
    this.#isClosed = true;
    this.#cut();
  }

  /** Ends the connection, as a network does. */
  cut(): void {
    this.#cut();
  }

  /** Step 1, and step 4 whenever the connection has ended. */
  async #listen(): Promise<void> {
    const {
      eventId,
      origin,
      loses = () => false,
      pause = () => 1_000 + 2_000 * Math.random(),
    } = this.#options;
    while (!this.#isClosed) {
      const since = this.version < 0 ? '' : `?since=${this.version}`;
      if (since !== '') this.counts.resume++;
      const stream = await openEventStream(`${origin()}/api/v1/live/${eventId}${since}`);
      this.#cut = () => stream.close();
      let ended = false;
      void stream.ended.then(() => {
        ended = true;
      });
      for (let read = 0; !(ended && read === stream.messages.length) && !this.#isClosed; await sleep(2))
        for (const message of stream.messages.slice(read)) {
          read++;
          if (!loses(message)) this.#queue.push(message);
        }
      stream.close();
      if (!this.#isClosed) await sleep(pause());
    }
  }

  async #work(): Promise<void> {
    await this.#load(0, 0);
    while (!this.#isClosed) {
      const message = this.#queue.shift();
      if (message) await this.#take(message);
      else await sleep(2);
    }
  }

  /** Step 2. */
  async #load(version: number, layout: number): Promise<void> {
    this.counts.load++;
    const { eventId } = this.#options;
    for (; !this.#isClosed; await sleep(200)) {
      const status = await this.#get<Status>(`/api/v1/seats/events/${eventId}/status`);
      if (!status || status.version < version || status.layout < layout) continue;
      const { ids, layout: number } = (await this.#get<{ layout: number; ids: string[] }>(
        `/api/v1/seats/events/${eventId}/layout`,
      )) ?? { ids: [], layout: -1 };
      if (number !== status.layout) continue;
      const bytes = Buffer.from(status.statuses, 'base64');
      this.codes = Array.from(
        { length: status.count },
        (_, i) => ((bytes[i >> 2] as number) >> (6 - 2 * (i & 3))) & 3,
      );
      this.ids = ids;
      this.version = status.version;
      this.layout = status.layout;
      return;
    }
  }

  /** Step 3. */
  async #take(message: Message): Promise<void> {
    if (message.type === 'reset') {
      this.counts.reset++;
      return await this.#load(message.version, message.layout);
    }
    if (message.layout > this.layout) return await this.#load(0, message.layout);
    if (message.layout < this.layout) return;
    if (message.version <= this.version) return;
    if (message.type === 'changes' && message.from <= this.version) {
      for (const [index, code] of message.seats as [number, number][]) this.codes[index] = code;
      this.version = message.version;
      return;
    }
    this.counts.gap++;
    const { eventId } = this.#options;
    const changes = await this.#get<EventChanges>(
      `/api/v1/seats/events/${eventId}/changes?since=${this.version}`,
    );
    if (changes) {
      await this.#take({ type: 'changes', ...changes });
      await this.#take(message);
    } else {
      this.counts.gone++;
      await this.#load(0, 0);
    }
  }

  /** @returns `undefined` for a 410 */
  async #get<Body>(path: string): Promise<Body | undefined> {
    const answer = await fetch(`${this.#options.origin()}${path}`);
    if (answer.status === 410) return undefined;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }
}
