/** A JWT of the auth service, or where to get the current one; `undefined` while nobody is signed in. */
export type Token = string | (() => string | undefined | Promise<string | undefined>);

/** Gets a new token where the current one is refused, and keeps it for the app. */
export type RefreshToken = () => Promise<string>;

/** Refreshes under way: a refresh token is often good for one use, so client and socket must not use it twice at once. */
const underWay = new WeakMap<RefreshToken, Promise<string>>();

/** Knows the token to send, and renews it once for however many calls were refused with it. */
export class Session {
  readonly #provide: () => string | undefined | Promise<string | undefined>;
  readonly #refresh: RefreshToken | undefined;
  #own: string | undefined;
  /** What the app was last known to hold, and what replaced it, until the app holds something else. */
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
   * @param refused the token that was sent; if it isn't the current one any more, somebody else has renewed it already
   * @throws whatever the app's own functions throw
   */
  async renew(refused: string | undefined): Promise<string> {
    const held = await this.#provide();
    // From here to the assignment nothing may be awaited, or two calls could both start a refresh.
    const current = this.#effective(held);
    if (current !== undefined && current !== refused) return current;
    this.#renewing ??= this.#refreshed(held).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #refreshed(held: string | undefined): Promise<string> {
    const refresh = this.#refresh;
    if (refresh === undefined) throw new Error('There is no refreshToken to ask');
    let answer = underWay.get(refresh);
    if (answer === undefined) {
      answer = refresh().finally(() => underWay.delete(refresh));
      underWay.set(refresh, answer);
    }
    const fresh = await answer;
    this.#own = fresh;
    // An app that holds no token has signed out: nothing may stand in for it afterwards.
    if (held !== undefined) this.#replaced = { held, by: fresh };
    return fresh;
  }

  #effective(held: string | undefined): string | undefined {
    return held !== undefined && held === this.#replaced?.held ? this.#replaced.by : held;
  }
}
