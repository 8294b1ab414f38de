import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Packet } from './packet.ts';
import { MOST_UNREAD_BYTES, type Transport } from './subscription.ts';

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx would collect packets until its buffer is full.
  'x-accel-buffering': 'no',
};

const COMMENT = Buffer.from(':\n\n');

/** When clients connect again, at random between these: not all at once after an instance has stopped. */
const RETRY_MS = { min: 1_000, max: 3_000 };

/** For the last packets, when the instance stops. A client that doesn't read would keep it for 8 s. */
const LAST_PACKETS_MS = 500;

/** A subscriber by Server-Sent Events. */
export class EventStream implements Transport {
  readonly #response: ServerResponse;
  readonly #onDrop: () => void;

  /** @param onDrop called when the client is disconnected because it doesn't read */
  constructor(reply: FastifyReply, onDrop: () => void) {
    reply.hijack();
    this.#response = reply.raw;
    this.#onDrop = onDrop;
    reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...EVENT_STREAM_HEADERS });
    const retryMs = RETRY_MS.min + Math.floor(Math.random() * (RETRY_MS.max - RETRY_MS.min));
    this.#write(`retry: ${retryMs}\n\n`);
  }

  send({ event }: Packet): void {
    this.#write(event);
  }

  beat(): void {
    this.#write(COMMENT);
  }

  /** An `EventSource` connects again. Without its connection it takes a new one, which leads to another instance. */
  stop(): void {
    const { socket } = this.#response;
    const hangUp = () => void socket?.destroy();
    this.#response.end(hangUp);
    setTimeout(hangUp, LAST_PACKETS_MS).unref();
  }

  #write(bytes: Buffer | string): void {
    if (this.#response.writableLength <= MOST_UNREAD_BYTES) {
      this.#response.write(bytes);
    } else {
      this.#onDrop();
      this.#response.destroy();
    }
  }
}
