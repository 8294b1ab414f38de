import type { FastifyBaseLogger } from 'fastify';
import type { TracingSettings } from './settings.ts';
import type { Spans } from './spans.ts';

/** The spans of this instance. While tracing is off, `undefined`: no module of OpenTelemetry is loaded, and each place costs this look. */
export let tracing: Spans | undefined;

export async function startTracing(settings: TracingSettings, log: FastifyBaseLogger): Promise<void> {
  const { openSpans } = await import('./open-spans.ts');
  tracing = openSpans(settings, log);
}

/** For each line of the log that is written within a span. */
export function traceOfLine(): object {
  return tracing?.ids ?? {};
}
