import { expect, test } from 'vitest';
import { development, problemsOf } from './problems.ts';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';

test('tracing is on with a collector, and not without one or when it is disabled', () => {
  expect(development({ OTEL_TRACES_SAMPLER: 'always_on' }).tracing).toBeUndefined();
  expect(development({ OTEL_EXPORTER_OTLP_ENDPOINT }).tracing).toEqual({
    sampler: 'parentbased_always_on',
    ratio: 1,
  });
  const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'http://collector:4318/v1/traces';
  expect(development({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT }).tracing).toBeDefined();
  const disabled = development({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' });
  expect(disabled.tracing).toBeUndefined();
});

test.each(['0', '1', '0.05', '.5', '1.0'])('%s is a part of the traces', (OTEL_TRACES_SAMPLER_ARG) => {
  const { tracing } = development({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG });
  expect(tracing?.ratio).toBe(Number(OTEL_TRACES_SAMPLER_ARG));
});

test.each(['1.5', '-1', '5%', '1e-3', '.'])('%s is none', (OTEL_TRACES_SAMPLER_ARG) => {
  expect(problemsOf(() => development({ OTEL_TRACES_SAMPLER_ARG }))).toEqual([
    `OTEL_TRACES_SAMPLER_ARG is "${OTEL_TRACES_SAMPLER_ARG}": expected a number from 0 to 1`,
  ]);
});

test('headers of the collector are pairs, and are not shown', () => {
  const good = 'authorization=Bearer%20secret, x-tenant=a';
  expect(problemsOf(() => development({ OTEL_EXPORTER_OTLP_HEADERS: good }))).toEqual([]);
  const [problem] = problemsOf(() => development({ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }));
  expect(problem).toContain('OTEL_EXPORTER_OTLP_HEADERS is a value: expected pairs');
  expect(problem).not.toContain('secret');
});
