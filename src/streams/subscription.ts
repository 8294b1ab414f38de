import type { Packet } from './packet.ts';

/**
 * Bytes that a client may leave unread before it is disconnected. The kernel keeps some more. A packet can have 500 kB, when a hall of
 * 50,000 seats changes as a whole, but it is shared by all of its readers.
 */
export const MOST_UNREAD_BYTES = 256 * 1024;

/** The connection of a subscriber. */
export interface Transport {
  send(packet: Packet): void;
  /** Shows, every 15 seconds, that the connection is alive. */
  beat(): void;
  /** Ends the connection, because the instance stops. */
  stop(): void;
}

/** One subscriber of an event. It keeps packets until its first one is known and its connection is ready for them. */
export class Subscription {
  #transport: Transport | undefined;
  #version: number | undefined;
  #waiting: Packet[] = [];
  readonly #onEnd: () => void;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Tells the packet with which the subscriber begins, then those that came while it was made and that tell something newer. */
  begin(first: Packet): void {
    const later = this.#waiting;
    this.#waiting = [];
    this.#version = first.version;
    this.#pass(first);
    for (const packet of later) this.tell(packet);
  }

  tell(packet: Packet): void {
    if (this.#version === undefined) this.#waiting.push(packet);
    // It began at a version that other subscribers are only told with this packet.
    else if (packet.version === undefined) this.#pass(packet);
    else if (packet.type === 'reset' || packet.version > this.#version) {
      this.#version = packet.version;
      this.#pass(packet);
    }
  }

  start(transport: Transport): void {
    this.#transport = transport;
    for (const packet of this.#waiting) transport.send(packet);
    this.#waiting = [];
  }

  beat(): void {
    this.#transport?.beat();
  }

  stop(): void {
    this.#transport?.stop();
  }

  /** Call it when the connection is closed. It may be called again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }

  #pass(packet: Packet): void {
    if (this.#transport) this.#transport.send(packet);
    else this.#waiting.push(packet);
  }
}
