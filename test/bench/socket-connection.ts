import { RawWebSocket } from './raw-web-socket.ts';

/** The first bytes of a packet: Engine.IO's type, and Socket.IO's behind a 4. */
const [ZERO, TWO, FOUR] = [48, 50, 52];
const THREE = 51;

export interface SocketHandlers {
  /** Gets each event as bytes, as it is on the wire: `["name",{…}]`. They are good until it returns. */
  heard(event: Buffer): void;
  closed?(): void;
}

/** The answer to an event. */
export type Acknowledgement = { ok: boolean } & Record<string, unknown>;

/** By the number of what was asked. */
type Answers = Map<string, PromiseWithResolvers<Acknowledgement>>;

/** One Socket.IO client over WebSocket. Hand-made, for crowds of thousands: no polling, no reconnection, and no parsing of events. */
export class SocketConnection {
  readonly #socket: RawWebSocket;
  #asked = 0;
  readonly #answers: Answers;

  static async open(port: number, token: string, handlers: SocketHandlers): Promise<SocketConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const answers: Answers = new Map();
    const socket = await RawWebSocket.open(port, '/socket.io/?EIO=4&transport=websocket', {
      heard(packet, connection) {
        if (packet[0] === TWO) connection.send('3');
        else if (packet[0] === ZERO) connection.send(`40${JSON.stringify({ token })}`);
        else if (packet[0] !== FOUR) return;
        else if (packet[1] === TWO) handlers.heard(packet.subarray(2));
        else if (packet[1] === THREE) settle(answers, packet.toString());
        else if (packet[1] === FOUR) reject(new Error(packet.toString()));
        else if (packet[1] === ZERO) resolve();
      },
      closed() {
        const broken = new Error('the connection broke');
        reject(broken);
        for (const answer of answers.values()) answer.reject(broken);
        handlers.closed?.();
      },
    });
    await promise;
    return new SocketConnection(socket, answers);
  }

  private constructor(socket: RawWebSocket, answers: Answers) {
    this.#socket = socket;
    this.#answers = answers;
  }

  /** @throws Error with the answer if it is a refusal */
  ask(event: string, payload: object): Promise<Acknowledgement> {
    const answer = Promise.withResolvers<Acknowledgement>();
    const id = String(this.#asked++);
    this.#answers.set(id, answer);
    this.#socket.send(`42${id}${JSON.stringify([event, payload])}`);
    return answer.promise;
  }

  close(): void {
    this.#socket.close();
  }
}

function settle(answers: Answers, packet: string): void {
  const start = packet.indexOf('[');
  const id = packet.slice(2, start);
  const [answer] = JSON.parse(packet.slice(start)) as [Acknowledgement];
  if (answer.ok) answers.get(id)?.resolve(answer);
  else answers.get(id)?.reject(new Error(packet));
  answers.delete(id);
}
