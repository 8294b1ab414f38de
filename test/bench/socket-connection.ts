import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const TEXT = 0x81;
const MASKED = 0x80;
/** All connections read into this buffer, because each read is handled before the next one. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/**
 * One Socket.IO client over WebSocket. Hand-made, for a crowd of thousands that shares the machine with what it listens to:
 * no polling, no compression, no reconnection, and a message stays the text that it is.
 */
export class SocketConnection {
  readonly #socket: Socket;
  readonly #heard: (packet: string) => void;
  #partial: Buffer | undefined;
  #upgraded = false;
  #asked = 0;
  readonly #open = new Map<string, { resolve(): void; reject(error: Error): void }>();

  /** @param heard gets each event as it is on the wire: `["name",{…}]` */
  static async open(port: number, token: string, heard: (event: string) => void): Promise<SocketConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          connection.#read(buffer.subarray(0, length));
          return true;
        },
      },
    });
    const connection = new SocketConnection(socket, (packet) => {
      if (packet.startsWith('42')) heard(packet.slice(2));
      else if (packet === '2') connection.#send('3');
      else if (packet.startsWith('0')) connection.#send(`40${JSON.stringify({ token })}`);
      else if (packet.startsWith('40')) resolve();
      else if (packet.startsWith('44')) reject(new Error(packet));
      else if (packet.startsWith('43')) connection.#answered(packet);
    });
    socket.once('error', reject);
    socket.once('connect', () =>
      socket.write(
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
          `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      ),
    );
    await promise;
    return connection;
  }

  private constructor(socket: Socket, heard: (packet: string) => void) {
    this.#socket = socket;
    this.#heard = heard;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#open.values()) reject(new Error('the connection broke'));
    });
  }

  /** @throws Error with the answer if it is a refusal */
  ask(event: string, payload: object): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const id = String(this.#asked++);
    this.#open.set(id, { resolve, reject });
    this.#send(`42${id}${JSON.stringify([event, payload])}`);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #answered(packet: string): void {
    const start = packet.indexOf('[');
    const id = packet.slice(2, start);
    const [answer] = JSON.parse(packet.slice(start)) as [{ ok: boolean }];
    if (answer.ok) this.#open.get(id)?.resolve();
    else this.#open.get(id)?.reject(new Error(packet));
    this.#open.delete(id);
  }

  /** Masked, as the protocol requires, with zeros, so that the text stays readable. */
  #send(packet: string): void {
    const length = Buffer.byteLength(packet);
    const head =
      length < 126 ? [TEXT, MASKED | length] : [TEXT, MASKED | 126, Math.floor(length / 256), length % 256];
    this.#socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), Buffer.from(packet)]));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#partial ? Buffer.concat([this.#partial, chunk]) : chunk;
    if (!this.#upgraded) {
      const head = bytes.indexOf(END_OF_HEAD);
      if (head >= 0) {
        this.#upgraded = true;
        bytes = bytes.subarray(head + END_OF_HEAD.length);
      }
    }
    while (this.#upgraded) {
      const short = (bytes[1] ?? 0) & 0x7f;
      const start = short < 126 ? 2 : 4; // this service sends nothing longer than 64 KB
      if (bytes.length < start) break;
      const end = start + (short < 126 ? short : bytes.readUInt16BE(2));
      if (bytes.length < end) break;
      const packet = bytes[0] === TEXT ? bytes.toString('utf8', start, end) : '';
      bytes = bytes.subarray(end);
      this.#heard(packet);
    }
    // The buffer is reused for the next read.
    this.#partial = bytes.length > 0 ? Buffer.from(bytes) : undefined;
  }
}
