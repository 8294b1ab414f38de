import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fp from 'fastify-plugin';
import type { Socket } from 'socket.io';
import {
  type Acknowledgement,
  type ClientEventPayloads,
  type ClientToServerEvents,
  clientEventSchemas,
  type ServerToClientEvents,
} from '../contract/socket.ts';
import { catalogue, type ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import { type Language, preferredLanguage } from '../lib/language.ts';
import type { Claims } from '../plugins/auth.ts';
import { Allowance } from './allowance.ts';
import type { BetweenInstances } from './announcements.ts';
import { userRoom } from './socket-rooms.ts';

export type UserSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  BetweenInstances,
  { user: Claims }
>;
type ClientEvent = keyof ClientEventPayloads;
type Acknowledge = (answer: Acknowledgement) => void;
type Handlers = {
  [Name in ClientEvent]: (socket: UserSocket, payload: ClientEventPayloads[Name]) => void | Promise<void>;
};

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sets the handlers of events that clients send. A handler gets a valid payload of a signed-in user. It throws a Problem to
     * refuse; otherwise the event is acknowledged when the handler ends.
     */
    handleClientEvents(handlers: Partial<Handlers>): void;
  }
}

const ajv = new Ajv();
addFormats.default(ajv);
const validators = Object.fromEntries(
  Object.entries(clientEventSchemas).map(([name, schema]) => [name, ajv.compile<unknown>(schema)]),
) as Record<ClientEvent, ValidateFunction>;

/**
 * What every event of a client passes before its handler: the handshake's token, the socket's allowance and the contract. The
 * handlers themselves are in the `sockets.ts` of each resource. The start fails when an event of the contract has none.
 */
export default fp(
  async (app) => {
    const handlers: Partial<Handlers> = {};
    app.decorate('handleClientEvents', (more: Partial<Handlers>) => void Object.assign(handlers, more));
    app.addHook('onReady', (done) => {
      const missing = Object.keys(validators).filter((name) => !(name in handlers));
      done(missing.length > 0 ? new Error(`no handler for ${missing.join(', ')}`) : undefined);
    });

    app.io.use((socket, next) => {
      try {
        const { token } = socket.handshake.auth;
        if (typeof token !== 'string') throw new Problem('UNAUTHENTICATED');
        socket.data.user = app.verifyToken(token);
        next();
      } catch (error) {
        // Existing clients look for this word, in lower case, to send the user to the login page.
        const refusal = new Error('authentication failed');
        next(Object.assign(refusal, { data: toAnswer(error, languageOf(socket)) }));
      }
    });

    app.io.on('connection', (socket: UserSocket) => {
      const { userId } = socket.data.user;
      const allowance = new Allowance();
      // Not awaited: the adapter joins a local socket at once, and this user's messages must reach it from now on.
      void socket.join(userRoom(userId));

      // Arguments have no type here, whatever the event map promises: the payload may be missing. Unknown events come here too,
      // so that they count against the allowance.
      socket.onAny((name: unknown, ...args: unknown[]) => {
        const last = args.at(-1);
        void handle(name, args[0], typeof last === 'function' ? (last as Acknowledge) : undefined);
      });

      // Refusals come before the first await, each at once: otherwise a flood that arrives in one piece would use up its
      // refusals before the first of them is sent.
      async function handle(name: unknown, payload: unknown, acknowledge?: Acknowledge): Promise<void> {
        try {
          if (!allowance.take()) throw new Problem('TOO_MANY_REQUESTS');
          if (!isClientEvent(name)) throw new Problem('ROUTE_NOT_FOUND');
          if (!validators[name](payload)) throw new Problem('VALIDATION_FAILED');
          await handlers[name]?.(socket, payload as never);
          acknowledge?.({ ok: true });
        } catch (error) {
          refuse(error, acknowledge);
        }
      }

      function refuse(error: unknown, acknowledge?: Acknowledge): void {
        const answer = toAnswer(error, languageOf(socket));
        if (answer.code === 'INTERNAL_ERROR') app.log.error({ err: error, userId }, 'socket event failed');
        if (acknowledge) acknowledge({ ok: false, ...answer });
        // Straight to this socket: `socket.emit` would wait for Redis.
        else app.io.local.to(socket.id).emit('error', answer);
        if (allowance.isAbused) socket.disconnect(true);
      }
    });
  },
  { name: 'client-events', dependencies: ['auth', 'realtime'] },
);

export function languageOf({ handshake }: Pick<UserSocket, 'handshake'>): Language {
  return preferredLanguage(handshake.headers['accept-language']);
}

function isClientEvent(name: unknown): name is ClientEvent {
  return typeof name === 'string' && Object.hasOwn(validators, name);
}

function toAnswer(error: unknown, language: Language): { code: ErrorCode; error: string } {
  const code = codeOf(error);
  return { code, error: catalogue[code][language] };
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof Problem) return error.code;
  return isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
}
