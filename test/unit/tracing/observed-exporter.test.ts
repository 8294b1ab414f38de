import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ObservedExporter } from '../../../src/tracing/observed-exporter.ts';

test('an outage of the collector is said once, and so is its end', () => {
  const said: string[] = [];
  const log = pino({}, { write: (line) => void said.push(JSON.parse(line).msg) });
  const codes = [0, 1, 1, 0, 0];
  const exporter: SpanExporter = {
    export: (_spans, done) => done({ code: codes.shift() as number }),
    shutdown: async () => undefined,
  };
  const observed = new ObservedExporter(exporter, log);
  const results: number[] = [];
  for (let count = 0; count < 5; count++) observed.export([], ({ code }) => void results.push(code));
  expect(results).toEqual([0, 1, 1, 0, 0]);
  expect(said).toEqual([
    'no spans are sent to the collector; it will try again',
    'spans are sent to the collector again',
  ]);
});
