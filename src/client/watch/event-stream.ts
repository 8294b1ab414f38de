import { fromAnswer, networkError, TiketiError } from '../error.ts';
import { pause } from './pause.ts';
import { sseParser } from './sse-parser.ts';
import type { NewsListener } from './types.ts';

/** The service sends a comment every 15 s. A connection that misses two of them is dead. */
const SILENCE_MS = 40_000;

export interface StreamAddress {
  /** The address of the event's stream. */
  url: string;
  fetch: (request: Request) => Promise<Response>;
  headers: Record<string, string>;
}

interface StreamOptions extends StreamAddress, NewsListener {
  /** The version to continue from, once one is known. */
  since: () => number | undefined;
  silenceMs?: number;
}

/**
 * Follows an event by Server-Sent Events, and connects again until the signal ends it. It reads them with `fetch`, since Node has no
 * `EventSource`, and a browser's does not notice a dead connection.
 */
export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onError } = options;
  for (let attempt = 1; !signal.aborted; attempt++) {
    let failure: TiketiError | undefined;
    try {
      await readStream(options, () => {
        attempt = 1;
      });
    } catch (error) {
      if (signal.aborted) return;
      failure = error instanceof TiketiError ? error : networkError(error);
      onError(failure);
    }
    await pause(attempt, failure?.retryAfter, signal);
  }
}

/** Resolves at the end of the stream: its instance stops, or a proxy limits its duration. */
async function readStream(options: StreamOptions, onOpen: () => void): Promise<void> {
  const { url, fetch, headers, since, receive, signal, silenceMs = SILENCE_MS } = options;
  const connection = new AbortController();
  const end = () => connection.abort();
  signal.addEventListener('abort', end);
  // Compares times, because a timer does not run on while a phone sleeps.
  let heardAt = Date.now();
  const watchdog = setInterval(() => {
    if (Date.now() - heardAt > silenceMs) connection.abort(new Error('The connection is silent'));
  }, silenceMs / 8);
  try {
    const version = since();
    // In the address, because the header Last-Event-ID would cost a page of another origin a preflight.
    const request = new Request(version === undefined ? url : `${url}?since=${version}`, {
      headers: { ...headers, accept: 'text/event-stream' },
      cache: 'no-store',
      signal: connection.signal,
    });
    const response = await fetch(request);
    if (!response.ok || !response.body)
      throw fromAnswer(response, await response.json().catch(() => undefined));
    onOpen();
    const reader = response.body.getReader();
    const [decoder, parse] = [new TextDecoder(), sseParser()];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heardAt = Date.now();
      for (const data of parse(decoder.decode(value, { stream: true }))) {
        const news = JSON.parse(data);
        // What a watch doesn't show: the event itself.
        if (news.version !== undefined) receive(news);
      }
    }
  } finally {
    clearInterval(watchdog);
    signal.removeEventListener('abort', end);
    connection.abort();
  }
}
