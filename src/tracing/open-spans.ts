import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { FastifyBaseLogger } from 'fastify';
import { ObservedExporter } from './observed-exporter.ts';
import type { TracingSettings } from './settings.ts';
import { Spans } from './spans.ts';

/** When the instance ends. */
const FLUSH_WITHIN_MS = 2_000;
/** The largest batch of requests has as many. OpenTelemetry itself would keep 128. */
const LINKS = 1_000;

/** Sends spans to a collector. The exporter and the resource read the other variables of OpenTelemetry from the environment. */
export function openSpans(settings: TracingSettings, log: FastifyBaseLogger): Spans {
  const provider = new TracerProvider({
    sampler: samplerOf(settings),
    resource: resourceFromAttributes({
      'service.name': 'tiketi-ticket-service',
      'host.name': hostname(),
      'process.pid': process.pid,
    }).merge(
      detectResources({
        detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
      }),
    ),
    spanLimits: { linkCountLimit: LINKS },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new ObservedExporter(new OTLPTraceExporter(), log) }),
    ],
  });
  const end = async () => {
    const limit = new AbortController();
    const late = sleep(FLUSH_WITHIN_MS, undefined, { signal: limit.signal });
    // The log says that the collector is away; the exit doesn't fail for it.
    await Promise.race([provider.shutdown(), late]).catch(() => undefined);
    limit.abort();
    await late.catch(() => undefined);
  };
  return new Spans(provider.getTracer('tiketi-ticket-service'), end);
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[sampler.replace('parentbased_', '') as 'always_on' | 'always_off' | 'traceidratio']();
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}
