/** How much longer than the others a layout is kept: it changes by hand, and its clients see by its number when they have an old one. */
const LAYOUT_FACTOR = 10;
/** How long a cache may answer with what it has while it asks for the next state. Without it, all readers would wait for that. */
const WHILE_REVALIDATING_SECONDS = 5;

/** Values of Cache-Control for answers that all clients share, by what they show. */
export interface EdgeCaching {
  /** Events, tickets and seats. */
  usual: string;
  /** Layouts of halls. */
  layout: string;
}

/**
 * A shared cache (a CDN, nginx) may answer for so many seconds, so that a million readers are one request a second. A client
 * may keep the bytes too, but must revalidate them.
 *
 * @param seconds 0: shared caches revalidate as well
 */
export function edgeCaching(seconds: number): EdgeCaching {
  const control = (shared: number) =>
    seconds === 0
      ? 'no-cache'
      : `public, max-age=0, s-maxage=${shared}, stale-while-revalidate=${WHILE_REVALIDATING_SECONDS}`;
  return { usual: control(seconds), layout: control(seconds * LAYOUT_FACTOR) };
}
