import { Readable } from 'node:stream';

/** How long a client may pause. Meanwhile its transaction keeps PostgreSQL from cleaning up after sales. */
const PAUSE_MS = 30_000;
/** How long an export may take in all. */
const WHOLE_MS = 10 * 60_000;

/**
 * A stream of the texts, which are made as fast as the client reads them. A client that pauses for too long, or takes too long in all,
 * is cut off. A stream that fails destroys its connection, so that a client can tell a part of an export from the whole.
 */
export function exportStream(
  texts: AsyncIterable<string>,
  { pauseMs = PAUSE_MS, wholeMs = WHOLE_MS } = {},
): Readable {
  const stop = () => stream.destroy(new Error('the client reads the export too slowly'));
  const pause = setTimeout(stop, pauseMs);
  const whole = setTimeout(stop, wholeMs);
  async function* watched() {
    for await (const text of texts) {
      yield text;
      pause.refresh();
    }
  }
  const stream = Readable.from(watched(), { objectMode: false });
  stream.once('close', () => {
    clearTimeout(pause);
    clearTimeout(whole);
  });
  return stream;
}
