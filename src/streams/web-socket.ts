import type { WebSocket } from '@fastify/websocket';
import type { Packet } from './packet.ts';
import { MOST_UNREAD_BYTES, type Transport } from './subscription.ts';

// The close codes that openapi/asyncapi.yaml documents. With a third one, 1009, `ws` answers a message that is too long.
const GOING_AWAY = 1001;
const NO_MESSAGES = 1008;

/** A subscriber by a plain WebSocket. */
export class WebSocketStream implements Transport {
  readonly #socket: WebSocket;
  readonly #onDrop: () => void;
  #hasAnswered = true;

  /** @param onDrop called when the client is disconnected because it doesn't read, or has not answered a ping */
  constructor(socket: WebSocket, onDrop: () => void) {
    this.#socket = socket;
    this.#onDrop = onDrop;
    socket.on('message', () => socket.close(NO_MESSAGES, 'no messages are expected'));
    socket.on('pong', () => {
      this.#hasAnswered = true;
    });
  }

  send({ json }: Packet): void {
    if (this.#socket.bufferedAmount <= MOST_UNREAD_BYTES) this.#socket.send(json, { binary: false });
    else this.#drop();
  }

  beat(): void {
    if (this.#hasAnswered) this.#socket.ping();
    else this.#drop();
    this.#hasAnswered = false;
  }

  stop(): void {
    this.#socket.close(GOING_AWAY, 'the instance stops');
  }

  #drop(): void {
    this.#onDrop();
    this.#socket.terminate();
  }
}
