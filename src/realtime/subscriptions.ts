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
import { messages } from '../lib/messages.ts';
import type { Claims } from '../plugins/auth.ts';
import { Allowance } from './allowance.ts';
import type { BetweenInstances } from './announcements.ts';
import { Audience } from './audience.ts';
import { eventOf, eventRoom, queueRoom, seatsRoom, userRoom } from './socket-rooms.ts';

type UserSocket = Socket<ClientToServerEvents, ServerToClientEvents, BetweenInstances, { user: Claims }>;
type ClientEvent = keyof ClientEventPayloads;
type Handlers = {
  [Name in ClientEvent]: (socket: UserSocket, payload: ClientEventPayloads[Name]) => void | Promise<void>;
};

/** Rooms of one socket: far more than any page needs, few enough that nobody can fill the memory with rooms. */
const MAX_ROOMS = 50;

const ajv = new Ajv();
addFormats.default(ajv);
const validators = Object.fromEntries(
  Object.entries(clientEventSchemas).map(([name, schema]) => [name, ajv.compile<unknown>(schema)]),
) as Record<ClientEvent, ValidateFunction>;

/** What clients may send over Socket.IO, and who may connect. */
export default fp(
  async (app) => {
    const { io, queue, requireEvent } = app;
    const audience = new Audience(io, app.announcements, app.redis, app.redisPrefix, app.log);
    app.addHook('preClose', () => audience.close());

    io.use((socket, next) => {
      try {
        const { token } = socket.handshake.auth;
        if (typeof token !== 'string') throw new Problem('UNAUTHENTICATED');
        socket.data.user = app.verifyToken(token);
        next();
      } catch (error) {
        // Existing clients look for this word, in lower case, to send the user to the login page.
        const refusal = Object.assign(new Error('authentication failed'), {
          data: toAnswer(error, languageOf(socket)),
        });
        next(refusal);
      }
    });

    const join = async (socket: UserSocket, room: string) => {
      if (socket.rooms.size >= MAX_ROOMS) throw new Problem('TOO_MANY_REQUESTS');
      await socket.join(room);
    };

    const handlers: Handlers = {
      'join-event': async (socket, { eventId }) => {
        await requireEvent(eventId);
        await join(socket, eventRoom(eventId));
        audience.changed(eventId);
      },
      'leave-event': async (socket, { eventId }) => {
        if (!socket.rooms.has(eventRoom(eventId))) return;
        await socket.leave(eventRoom(eventId));
        audience.changed(eventId);
      },
      'join-queue': async (socket, { eventId, pass, ticket }) => {
        await requireEvent(eventId);
        await join(socket, queueRoom(eventId));
        const shown = { ...(pass !== undefined && { pass }), ...(ticket !== undefined && { ticket }) };
        const { state } = await queue.contact(eventId, socket.data.user.userId, shown);
        // It may have been this user's turn while the connection was away.
        if (state === 'inside') allowEntry(socket, eventId);
      },
      'leave-queue': async (socket, { eventId }) => {
        await socket.leave(queueRoom(eventId));
      },
      'join-seat-selection': async (socket, { eventId }) => {
        await requireEvent(eventId);
        await join(socket, seatsRoom(eventId));
      },
      'leave-seat-selection': async (socket, { eventId }) => {
        await socket.leave(seatsRoom(eventId));
      },
      'seat-selection-changed': (socket, { eventId, seats }) => {
        const room = seatsRoom(eventId);
        if (!socket.rooms.has(room)) throw new Problem('FORBIDDEN');
        app.announcements.seatUpdate(socket.id, { eventId, userId: socket.data.user.userId, seats });
      },
    };

    io.on('connection', (socket: UserSocket) => {
      const { userId } = socket.data.user;
      const language = languageOf(socket);
      const allowance = new Allowance();
      // Not awaited: adapters join a local socket at once, and what is told to this user from now on must reach it.
      void socket.join(userRoom(userId));

      const refuse = (error: unknown, acknowledge?: (answer: Acknowledgement) => void) => {
        const answer = toAnswer(error, language);
        if (answer.code === 'INTERNAL_ERROR') app.log.error({ err: error, userId }, 'a socket event failed');
        if (acknowledge) acknowledge({ ok: false, ...answer });
        else to(socket).emit('error', answer);
      };

      // What comes from a client has no type, whatever the event map promises: it may lack the payload, and its event may be
      // one that nobody knows, which must not be a way around the allowance.
      socket.onAny(async (name: unknown, ...args: unknown[]) => {
        const last = args.at(-1);
        const acknowledge =
          typeof last === 'function' ? (last as (answer: Acknowledgement) => void) : undefined;
        try {
          if (!allowance.take()) throw new Problem('TOO_MANY_REQUESTS');
          if (!isClientEvent(name)) throw new Problem('ROUTE_NOT_FOUND');
          const [payload] = args;
          if (!validators[name](payload)) throw new Problem('VALIDATION_FAILED');
          await handlers[name](socket, payload as never);
          acknowledge?.({ ok: true });
        } catch (error) {
          refuse(error, acknowledge);
          if (allowance.isAbused) socket.disconnect(true);
        }
      });

      const left: string[] = [];
      socket.on('disconnecting', () => {
        left.push(...pagesOf(socket));
      });
      socket.on('disconnect', () => {
        for (const eventId of left) audience.changed(eventId);
      });

      restore(socket).catch((error: Error) =>
        app.log.debug({ err: error, userId }, 'no waiting room to restore'),
      );
    });

    /** Whoever comes back while waiting hears of the line again without asking. */
    async function restore(socket: UserSocket): Promise<void> {
      for (const { eventId, called } of await queue.placesOf(socket.data.user.userId)) {
        if (!socket.connected) return;
        await socket.join(queueRoom(eventId));
        to(socket).emit('session-restored', { queueEventId: eventId });
        if (called) allowEntry(socket, eventId);
      }
    }

    /** Straight to a socket of this instance: `socket.emit` would go by Redis, and wait for it. */
    function to(socket: UserSocket) {
      return io.local.to(socket.id);
    }

    function allowEntry(socket: UserSocket, eventId: string): void {
      const message = messages.entryAllowed[languageOf(socket)];
      app.announcements.entryAllowedTo(socket.id, eventId, socket.data.user.userId, message);
    }
  },
  { name: 'subscriptions', dependencies: ['auth', 'realtime', 'queue', 'known-events'] },
);

/** The events on whose page a socket is. */
function pagesOf(socket: UserSocket): string[] {
  return [...socket.rooms].flatMap((room) => eventOf('event', room) ?? []);
}

function isClientEvent(name: unknown): name is ClientEvent {
  return typeof name === 'string' && Object.hasOwn(clientEventSchemas, name);
}

function languageOf(socket: {
  handshake: { headers: Record<string, string | string[] | undefined> };
}): Language {
  const header = socket.handshake.headers['accept-language'];
  return preferredLanguage(Array.isArray(header) ? header.join() : header);
}

function toAnswer(error: unknown, language: Language): { code: ErrorCode; error: string } {
  const code = codeOf(error);
  return { code, error: catalogue[code][language] };
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof Problem) return error.code;
  return isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
}
