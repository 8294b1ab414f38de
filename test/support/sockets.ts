import { randomUUID } from 'node:crypto';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { expect } from 'vitest';
import {
  type Acknowledgement,
  type ClientEventPayloads,
  type ServerEventPayloads,
  serverEventSchemas,
} from '../../src/contract/socket.ts';
import { eventually } from './wait.ts';

type ServerEvent = keyof ServerEventPayloads;

const ajv = new Ajv();
addFormats.default(ajv);
const validators: Record<string, ValidateFunction> = {};
// Unknown fields must not be sent either, since a user's id slips in easily.
for (const [name, schema] of Object.entries(serverEventSchemas)) {
  validators[name] = ajv.compile({ ...schema, additionalProperties: false });
}

const ACKNOWLEDGED_WITHIN_MS = 5_000;

/** A client that notes every event. Events that don't match the contract end up in `violations`. */
export interface Listener {
  userId: string;
  socket: Socket;
  /** Sends an event of the contract, or anything else, and waits for the acknowledgement. */
  send<Name extends keyof ClientEventPayloads>(
    name: Name,
    payload: ClientEventPayloads[Name],
  ): Promise<Acknowledgement>;
  sendAnything(name: string, ...payload: unknown[]): Promise<Acknowledgement>;
  /** All payloads of an event so far, in order. */
  heard<Name extends ServerEvent>(name: Name): ServerEventPayloads[Name][];
  /** Waits until the last payload of an event has these fields. */
  hears<Name extends ServerEvent>(
    name: Name,
    payload: Partial<ServerEventPayloads[Name]>,
    timeout?: number,
  ): Promise<void>;
  /** Loses the connection, as a phone in a tunnel does, and reconnects. */
  losesConnection(): Promise<void>;
}

export interface Sockets {
  connect(
    origin: string,
    user?: { userId?: string; token?: string; transports?: string[] },
  ): Promise<Listener>;
  /** Ends all connections, and returns what was wrong with the events that they heard. */
  close(): string[];
}

type Options = Partial<ManagerOptions & SocketOptions>;

/** Opens a separate connection that reconnects fast, with the transports of existing clients. */
export function dial(origin: string, options: Options): Socket {
  return io(origin, {
    transports: ['websocket', 'polling'],
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    ...options,
  });
}

/** @param sign signs the token of a user */
export function openSockets(sign: (claims: { userId: string }) => string): Sockets {
  const violations: string[] = [];
  const sockets: Socket[] = [];

  return {
    async connect(origin, { userId = randomUUID(), token = sign({ userId }), transports } = {}) {
      const socket = dial(origin, { auth: { token }, ...(transports && { transports }) });
      sockets.push(socket);
      const events = new Map<string, unknown[]>();
      socket.onAny((name: string, payload: unknown) => {
        events.set(name, [...(events.get(name) ?? []), payload]);
        if (!validators[name]?.(payload)) {
          violations.push(`${name} ${JSON.stringify(payload)}: ${ajv.errorsText(validators[name]?.errors)}`);
        }
      });
      await connected(socket);
      const sendAnything: Listener['sendAnything'] = (name, ...payload) =>
        socket.timeout(ACKNOWLEDGED_WITHIN_MS).emitWithAck(name, ...payload);
      const heard: Listener['heard'] = (name) => (events.get(name) ?? []) as never;
      return {
        userId,
        socket,
        send: sendAnything,
        sendAnything,
        heard,
        hears: (name, payload, timeout = 5_000) =>
          eventually(() => expect(heard(name).at(-1)).toMatchObject(payload), { timeout }),
        async losesConnection() {
          socket.io.engine.close();
          await connected(socket);
        },
      };
    },
    close() {
      for (const socket of sockets.splice(0)) socket.disconnect();
      return violations.splice(0);
    },
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
}
