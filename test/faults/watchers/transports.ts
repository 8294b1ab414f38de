import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { RawWebSocket } from '../../bench/raw-web-socket.ts';
import { SocketConnection } from '../../bench/socket-connection.ts';
import { sign } from '../harness/http-client.ts';
import { type Message, parseOnce } from './messages.ts';

interface Line {
  port: number;
  eventId: string;
  secret: string;
  /** The version that the watcher has. */
  since: number | undefined;
  heard(message: Message): void;
  /** Called once, however the connection ends. */
  closed(): void;
}

export interface Connection {
  close(): void;
}

/** @throws Error if the connection is refused */
export type Transport = (line: Line) => Promise<Connection>;

const CHANGED = 'seats-changed';
const RESET = 'seats-reset';

/** Socket.IO in batch mode. Its acknowledgement names the version to start from. */
const batch: Transport = async ({ port, eventId, secret, heard, closed }) => {
  const connection = await SocketConnection.open(port, sign(secret, randomUUID(), 'user'), {
    heard(event) {
      const [name, packet] = parseOnce<[string, Omit<Message, 'type'>]>(event.toString());
      if (name === CHANGED) heard(messageOf(packet, 'changes'));
      else if (name === RESET) heard(messageOf(packet, 'reset'));
    },
    closed,
  });
  const { version, layout } = await connection.ask('join-seat-selection', { eventId, batch: true });
  heard({ type: 'version', version: version as number, layout: layout as number });
  return connection;
};

/** The same object for the same packet, so that its watchers can share a step. */
const messages = new WeakMap<object, Message>();

function messageOf(packet: object, type: 'changes' | 'reset'): Message {
  let message = messages.get(packet);
  if (!message) {
    message = { stock: [], ...packet, type } as unknown as Message;
    messages.set(packet, message);
  }
  return message;
}

const websocket: Transport = ({ port, eventId, since, heard, closed }) =>
  RawWebSocket.open(port, `/api/v1/live/${eventId}${since === undefined ? '' : `?since=${since}`}`, {
    heard: (text) => heard(parseOnce<Message>(text.toString())),
    closed,
  });

const END_OF_HEAD = '\r\n\r\n';
const END_OF_EVENT = '\n\n';
const DATA = 'data: ';

/** Server-Sent Events over HTTP/1.0, whose answers come without chunks. */
const sse: Transport = ({ port, eventId, since, heard, closed }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let text = '';
    let isOpen = false;
    socket.setEncoding('latin1'); // the texts are ASCII
    socket.on('error', () => undefined);
    socket.on('connect', () => {
      const resume = since === undefined ? '' : `last-event-id: ${since}\r\n`;
      socket.write(
        `GET /api/v1/live/${eventId} HTTP/1.0\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\n${resume}\r\n`,
      );
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!isOpen) {
        const end = text.indexOf(END_OF_HEAD);
        if (end < 0) return;
        if (text.slice(9, 12) !== '200') {
          socket.destroy(new Error(text));
          return;
        }
        isOpen = true;
        text = text.slice(end + END_OF_HEAD.length);
        resolve({ close: () => socket.destroy() });
      }
      for (let end = text.indexOf(END_OF_EVENT); end >= 0; end = text.indexOf(END_OF_EVENT)) {
        const event = text.slice(0, end);
        text = text.slice(end + END_OF_EVENT.length);
        const data = event.split('\n').find((line) => line.startsWith(DATA));
        if (data) heard(parseOnce<Message>(data.slice(DATA.length)));
      }
    });
    socket.on('close', () => {
      if (isOpen) closed();
      else reject(new Error(`no stream: ${text.slice(0, 200)}`));
    });
  });

export const transports = { batch, sse, websocket };
