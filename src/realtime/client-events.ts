import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fp from 'fastify-plugin';
import { type Acknowledgement, type ClientEventPayloads, clientEventSchemas } from '../contract/socket.ts';
import { catalogue, type ErrorCode } from '../errors/catalogue.ts';
import { Problem } from '../errors/problem.ts';
import { isUnavailable } from '../errors/unavailable.ts';
import { type Language, preferredLanguage } from '../lib/language.ts';
import { tracing } from '../tracing/tracing.ts';
import { Allowance } from './allowance.ts';
import type { UserSocket } from './types.ts';

type ClientEvent = keyof ClientEventPayloads;
/** What the acknowledgement tells beside `ok`. */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
type Additions = Omit<Extract<Acknowledgement, { ok: true }>, 'ok'> | void;
type Acknowledge = (answer: Acknowledgement) => void;
type Handlers = {
  [Name in ClientEvent]: (
    socket: UserSocket,
    payload: ClientEventPayloads[Name],
  ) => Additions | Promise<Additions>;
};

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sets the handlers of events that clients send. A handler gets a valid payload of a signed-in user. It throws a Problem to
     * refuse; otherwise the event is acknowledged when the handler ends, with what it returns.
     */
    handleClientEvents(handlers: Partial<Handlers>): void;
  }
}

const ajv = new Ajv();
addFormats.default(ajv);
/** Compiled when the first event of its name comes: all of them would take 55 ms of each start. */
const validators: Partial<Record<ClientEvent, ValidateFunction>> = {};

function isValid(name: ClientEvent, payload: unknown): boolean {
  validators[name] ??= ajv.compile(clientEventSchemas[name]);
  return validators[name](payload);
}

/**
 * What every event of a client passes before its handler: the handshake's token, the socket's allowance and the contract. The
 * handlers themselves are in the `sockets.ts` of each resource. The start fails when an event of the contract has none.
 */
export default fp(
  async (app) => {
    const handlers: Partial<Handlers> = {};
    app.decorate('handleClientEvents', (more: Partial<Handlers>) => void Object.assign(handlers, more));
    app.addHook('onReady', (done) => {
      const missing = Object.keys(clientEventSchemas).filter((name) => !(name in handlers));
      done(missing.length > 0 ? new Error(`no handler for ${missing.join(', ')}`) : undefined);
    });

    app.io.use((socket, next) => {
      const language = languageOf(socket);
      try {
        const { token } = socket.handshake.auth;
        if (typeof token !== 'string') throw new Problem('UNAUTHENTICATED');
        socket.data = {
          user: app.verifyToken(token),
          language,
          expiresAt: app.tokenExpiry(token),
          isWarned: false,
          allowance: undefined,
        };
        next();
      } catch (error) {
        // Existing clients look for this word, in lower case, to send the user to the login page.
        const refusal = new Error('authentication failed');
        next(Object.assign(refusal, { data: toAnswer(error, language) }));
      }
    });

    // Arguments have no type here, whatever the event map promises: the payload may be missing. Unknown events come here too, so that
    // they count against the allowance. One function for all sockets: closures would cost each of them memory.
    function onAny(this: UserSocket, name: unknown, ...args: unknown[]): void {
      const last = args.at(-1);
      void handle(this, name, args[0], typeof last === 'function' ? (last as Acknowledge) : undefined);
    }
    app.io.on('connection', (socket) => void socket.onAny(onAny));

    // Refusals come before the first await, each at once: otherwise a flood that arrives in one piece would use up its refusals before
    // the first of them is sent.
    async function handle(
      socket: UserSocket,
      name: unknown,
      payload: unknown,
      acknowledge?: Acknowledge,
    ): Promise<void> {
      socket.data.allowance ??= new Allowance();
      try {
        if (!socket.data.allowance.take()) throw new Problem('TOO_MANY_REQUESTS');
        if (!isClientEvent(name)) throw new Problem('ROUTE_NOT_FOUND');
        if (!isValid(name, payload)) throw new Problem('VALIDATION_FAILED');
        const work = async () => await handlers[name]?.(socket, payload as never);
        const more = await (tracing ? tracing.event(name, work) : work());
        acknowledge?.({ ok: true, ...more });
      } catch (error) {
        refuse(socket, error, acknowledge);
      }
    }

    function refuse(socket: UserSocket, error: unknown, acknowledge?: Acknowledge): void {
      const { user, language, allowance } = socket.data;
      const answer = toAnswer(error, language);
      if (answer.code === 'INTERNAL_ERROR')
        app.log.error({ err: error, userId: user.userId }, 'socket event failed');
      if (acknowledge) acknowledge({ ok: false, ...answer });
      else socket.emit('error', answer);
      if (allowance?.isAbused) socket.disconnect(true);
    }
  },
  { name: 'client-events', dependencies: ['auth', 'realtime'] },
);

/** Browsers can't set headers of a WebSocket, so the handshake may name the language. */
function languageOf({ handshake: { auth, headers } }: Pick<UserSocket, 'handshake'>): Language {
  const { language } = auth;
  return preferredLanguage(typeof language === 'string' ? language : headers['accept-language']);
}

function isClientEvent(name: unknown): name is ClientEvent {
  return typeof name === 'string' && Object.hasOwn(clientEventSchemas, name);
}

function toAnswer(error: unknown, language: Language): { code: ErrorCode; error: string } {
  const code = codeOf(error);
  return { code, error: catalogue[code][language] };
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof Problem) return error.code;
  return isUnavailable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR';
}
