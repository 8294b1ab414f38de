import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const SWITCHING = 101;
/** All connections read into this buffer, because each read is handled before the next one. */
const buffer = Buffer.allocUnsafe(64 * 1024);

export interface WebSocketHandlers {
  /** Gets each text message as bytes, which are good until it returns. The first one may come before `open` has resolved. */
  heard(text: Buffer, socket: RawWebSocket): void;
  /** Called once, however the connection ends. `code` is that of the closing frame. */
  closed(code: number | undefined): void;
}

/**
 * One WebSocket client. Hand-made, for thousands that share the machine with what they listen to: no compression, no messages in
 * several frames, and no strings.
 */
export class RawWebSocket {
  readonly #socket: Socket;
  readonly #handlers: WebSocketHandlers;
  #partial: Buffer | undefined;
  #isUpgraded = false;
  #closeCode: number | undefined;
  readonly #opened = Promise.withResolvers<void>();

  /** @throws Error with the answer if the upgrade is refused */
  static async open(port: number, path: string, handlers: WebSocketHandlers): Promise<RawWebSocket> {
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
    const connection = new RawWebSocket(socket, handlers);
    socket.once('connect', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
          `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
      ),
    );
    await connection.#opened.promise;
    return connection;
  }

  private constructor(socket: Socket, handlers: WebSocketHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#opened.reject(new Error('the connection broke'));
      if (this.#isUpgraded) this.#handlers.closed(this.#closeCode);
    });
  }

  send(text: string): void {
    this.#write(TEXT, Buffer.from(text));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Masked, as the protocol requires, with zeros, so that the payload stays as it is. */
  #write(kind: number, payload: Buffer): void {
    const { length } = payload;
    const head =
      length < LENGTH_16
        ? [kind, MASKED | length]
        : [kind, MASKED | LENGTH_16, Math.floor(length / 256), length % 256];
    this.#socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#partial ? Buffer.concat([this.#partial, chunk]) : chunk;
    if (!this.#isUpgraded) {
      const head = bytes.indexOf(END_OF_HEAD);
      if (head >= 0) {
        const status = Number(bytes.toString('latin1', 9, 12));
        if (status !== SWITCHING) {
          this.#opened.reject(new Error(bytes.toString()));
          this.#socket.destroy();
          return;
        }
        this.#isUpgraded = true;
        this.#opened.resolve();
        bytes = bytes.subarray(head + END_OF_HEAD.length);
      }
    }
    let at = 0;
    while (this.#isUpgraded) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const start = at + (short < LENGTH_16 ? 2 : short < LENGTH_64 ? 4 : 10);
      if (bytes.length < start) break;
      let end = start + short;
      if (short === LENGTH_16) end = start + bytes.readUInt16BE(at + 2);
      else if (short === LENGTH_64) end = start + Number(bytes.readBigUInt64BE(at + 2));
      if (bytes.length < end) break;
      this.#frame(bytes[at] as number, bytes.subarray(start, end));
      at = end;
    }
    // The buffer is reused for the next read.
    this.#partial = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  }

  #frame(kind: number, payload: Buffer): void {
    if (kind === TEXT) this.#handlers.heard(payload, this);
    else if (kind === PING) this.#write(PONG, Buffer.from(payload));
    else if (kind === CLOSE) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
      this.#socket.destroy();
    }
  }
}
