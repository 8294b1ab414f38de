import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { FastifyBaseLogger } from 'fastify';
import { OutageLog } from '../lib/outage-log.ts';

type Done = Parameters<SpanExporter['export']>[1];

/** Tells once that the collector takes no spans. OpenTelemetry itself would say nothing. */
export class ObservedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #outages: OutageLog;

  constructor(exporter: SpanExporter, log: FastifyBaseLogger) {
    this.#exporter = exporter;
    this.#outages = new OutageLog(log, {
      fails: 'no spans are sent to the collector; it will try again',
      works: 'spans are sent to the collector again',
    });
  }

  export(spans: ReadableSpan[], done: Done): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === 0) this.#outages.worked();
      else this.#outages.failed(result.error ?? new Error('the collector refused them'));
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
