/** A JWT of the auth service, or a function that returns the current one, and `undefined` while no user is signed in. */
export type Token = string | (() => string | undefined | Promise<string | undefined>);

/** Fetches a new token after the current one was refused, and stores it for the app. */
export type RefreshToken = () => Promise<string>;

/** The refreshes in flight. A refresh token is often valid for one use, so client and socket must not use it at the same time. */
const inFlight = new WeakMap<RefreshToken, Promise<string>>();

/** Knows the token to send, and renews it once, however many calls were refused with it. */
export class Session {
  readonly #provide: () => string | undefined | Promise<string | undefined>;
  readonly #refresh: RefreshToken | undefined;
  #own: string | undefined;
  /** The token that the app last held and the one that replaced it. It applies until the app holds another token. */
  #replaced: { held: string; by: string } | undefined;
  #renewing: Promise<string> | undefined;

  constructor(token: Token | undefined, refresh: RefreshToken | undefined) {
    if (typeof token === 'function') this.#provide = token;
    else {
      this.#own = token;
      this.#provide = () => this.#own;
    }
    this.#refresh = refresh;
  }

  get canRenew(): boolean {
    return this.#refresh !== undefined;
  }

  async current(): Promise<string | undefined> {
    return this.#effective(await this.#provide());
  }

  /**
   * @param refused the token that was sent. If it is no longer the current one, another call has already renewed it
   * @throws the errors of the app's own functions
   */
  async renew(refused: string | undefined): Promise<string> {
    const held = await this.#provide();
    // No await from here to the assignment, or two calls could both start a refresh.
    const current = this.#effective(held);
    if (current !== undefined && current !== refused) return current;
    this.#renewing ??= this.#refreshed(held).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #refreshed(held: string | undefined): Promise<string> {
    const refresh = this.#refresh;
    if (refresh === undefined) throw new Error('No refreshToken was given');
    let answer = inFlight.get(refresh);
    if (answer === undefined) {
      answer = refresh().finally(() => inFlight.delete(refresh));
      inFlight.set(refresh, answer);
    }
    const fresh = await answer;
    this.#own = fresh;
    // An app without a token has signed out, so the new token must not be used later.
    if (held !== undefined) this.#replaced = { held, by: fresh };
    return fresh;
  }

  #effective(held: string | undefined): string | undefined {
    return held !== undefined && held === this.#replaced?.held ? this.#replaced.by : held;
  }
}
