import { SAMPLERS, type TracingSettings } from '../tracing/settings.ts';
import { choice, flag, fraction, optionalPairs, optionalText, optionalUrl, type Values } from './variable.ts';

/** OpenTelemetry's own names. Its exporter reads more of them, as docs/operations.md#tracing says. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl(
    'Collector that gets a trace of each request, by OTLP over HTTP as JSON, such as `http://otel-collector:4318`',
    'none: no tracing',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optionalUrl(
    'The same as a whole address, such as `http://otel-collector:4318/v1/traces`',
    'OTEL_EXPORTER_OTLP_ENDPOINT and `/v1/traces`',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: {
    ...optionalPairs('Headers for the collector, such as a token', 'none'),
    isSecret: true,
  },
  OTEL_SERVICE_NAME: optionalText('Name of the service in traces', '`tiketi-ticket-service`'),
  OTEL_RESOURCE_ATTRIBUTES: optionalPairs('What else each trace says of this instance', 'none'),
  OTEL_TRACES_SAMPLER: choice(
    'parentbased_always_on',
    SAMPLERS,
    'Which traces are sent; `parentbased`: a caller that names a trace has decided',
  ),
  OTEL_TRACES_SAMPLER_ARG: fraction('1', 'With `traceidratio`: the part of the traces that are sent'),
  OTEL_SDK_DISABLED: flag(false, 'No tracing, whatever the variables above say'),
};

/** @returns `undefined`: tracing is off */
export function tracingSettings(values: Values<typeof tracingVariables>): TracingSettings | undefined {
  const isWanted = values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!isWanted || values.OTEL_SDK_DISABLED) return undefined;
  return { sampler: values.OTEL_TRACES_SAMPLER, ratio: values.OTEL_TRACES_SAMPLER_ARG };
}
