import { fromAnswer, networkError, TiketiError } from '../error.ts';
import type { Session } from '../session.ts';
import type { CallOptions } from './types.ts';

/** A type, not an interface: openapi-fetch requires an index signature, which only a type has implicitly. */
type Init = { headers: Record<string, string>; signal?: AbortSignal };

/** The result of openapi-fetch. */
interface Exchange<Success> {
  /** Null where a stream has no body. */
  data?: Success | null | undefined;
  error?: unknown;
  response: Response;
}

/** Sends one request with openapi-fetch. It is called a second time if the token of the first is refused. */
type Send<Success> = (init: Init) => Promise<Exchange<Success>>;

export class Caller {
  readonly #session: Session;
  readonly #headers: Record<string, string>;

  constructor(session: Session, headers: Record<string, string>) {
    this.#session = session;
    this.#headers = headers;
  }

  /** Calls without a token. Shared caches store no answer to a request with a token, and browsers send a preflight for it. */
  async open<Success>(options: CallOptions | undefined, send: Send<Success>): Promise<Success> {
    return unwrap(await this.#exchange(options, undefined, send));
  }

  /** Calls with the token, and once more with a new token if the service refuses the first. */
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
      // A SyntaxError comes from parsing: an answer arrived, but it is not JSON.
      if (!(error instanceof SyntaxError)) throw networkError(error);
      throw new TiketiError('UNEXPECTED_ANSWER', 'The answer does not come from the service', {
        cause: error,
      });
    }
  }
}

function unwrap<Success>({ data, error, response }: Exchange<Success>): Success {
  if (data !== undefined && data !== null) return data;
  throw fromAnswer(response, error);
}
