import { fromAnswer, networkError, TiketiError } from '../error.ts';
import type { Session } from '../session.ts';
import type { CallOptions } from './types.ts';

/** A type and not an interface: openapi-fetch asks for an index signature, which only a type has by itself. */
export type Init = { headers: Record<string, string>; signal?: AbortSignal };

/** What openapi-fetch resolves with. */
interface Exchange<Success> {
  data?: Success | undefined;
  error?: unknown;
  response: Response;
}

/** One request, made by openapi-fetch; twice where the first one's token is refused. */
type Send<Success> = (init: Init) => Promise<Exchange<Success>>;

export class Caller {
  readonly #session: Session;
  readonly #headers: Record<string, string>;

  constructor(session: Session, headers: Record<string, string>) {
    this.#session = session;
    this.#headers = headers;
  }

  /** Without the token, though there be one: shared caches keep no answer to a request with one, and browsers ask leave for it. */
  async open<Success>(options: CallOptions | undefined, send: Send<Success>): Promise<Success> {
    return unwrap(await this.#exchange(options, undefined, send));
  }

  /** With the token; where it is refused and can be renewed, once more with the new one. */
  async signed<Success>(options: CallOptions | undefined, send: Send<Success>): Promise<Success> {
    const token = await this.#session.current();
    const first = await this.#exchange(options, token, send);
    if (first.response.status !== 401 || !this.#session.canRenew) return unwrap(first);

    const renewed = await this.#session.renew(token).catch((cause: unknown) => {
      throw fromAnswer(first.response, first.error, cause);
    });
    return unwrap(await this.#exchange(options, renewed, send));
  }

  async #exchange<Success>(
    options: CallOptions = {},
    token: string | undefined,
    send: Send<Success>,
  ): Promise<Exchange<Success>> {
    const { signal } = options;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { ...this.#headers, ...options.headers, ...authorization };
    try {
      return await send({ headers, ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // What openapi-fetch could not parse: an answer came, but it isn't JSON.
      if (!(error instanceof SyntaxError)) throw networkError(error);
      throw new TiketiError('UNEXPECTED_ANSWER', 'The answer is not one of the service', { cause: error });
    }
  }
}

function unwrap<Success>({ data, error, response }: Exchange<Success>): Success {
  if (data !== undefined) return data;
  throw fromAnswer(response, error);
}
