import { expect, test } from 'vitest';
import { isSampled, spanOf, traceparentOf } from '../../../src/tracing/traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [`cc-${TRACE}-${SPAN}-03-of-a-later-version`, true],
])('%s names a span, and whether it is sampled', (traceparent, sampled) => {
  const span = spanOf(traceparent);
  expect(span?.spanContext()).toMatchObject({ traceId: TRACE, spanId: SPAN });
  expect(isSampled(span)).toBe(sampled);
  expect(span && traceparentOf(span)).toBe(`00-${TRACE}-${SPAN}-${sampled ? '01' : '00'}`);
});

test.each([
  undefined,
  '',
  ['x'],
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01x`,
])('%j names none', (traceparent) => {
  expect(spanOf(traceparent)).toBeUndefined();
});
