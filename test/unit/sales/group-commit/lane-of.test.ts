import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uuidFromHex } from '../../../../src/lib/uuid.ts';
import { laneOf } from '../../../../src/sales/group-commit/lane-of.ts';

const EVENTS_A_LANE = 200;

/** Ids of events that were made together: in one ms, or on one machine. */
const makers = {
  UUIDv4: () => () => randomUUID(),
  'UUIDv7 of one ms': (time: number) => {
    const hex = time.toString(16).padStart(12, '0');
    return () => uuidFromHex(`${hex}7${randomUUID().replaceAll('-', '').slice(13)}`);
  },
  'UUIDv1 of one machine': (time: number) => {
    const machine = randomBytes(8).toString('hex');
    let ticks = time;
    return () => uuidFromHex(`${(ticks++ >>> 0).toString(16).padStart(8, '0')}11ef1abc${machine}`);
  },
  'numbers written by hand': () => {
    let number = 0;
    return () => uuidFromHex((++number).toString(16).padStart(32, '0'));
  },
};

describe.each(Object.entries(makers))('%s', (_kind, make) => {
  test('spread over all lanes: each gets between half and twice its share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.integer({ min: 0, max: 2 ** 47 }), (lanes, time) => {
        const next = make(time);
        const events = Array.from({ length: lanes }, () => 0);
        for (let event = 0; event < lanes * EVENTS_A_LANE; event++) {
          const lane = laneOf(next(), lanes);
          events[lane] = (events[lane] ?? 0) + 1;
        }
        expect(events).toHaveLength(lanes);
        expect(Math.min(...events)).toBeGreaterThan(EVENTS_A_LANE / 2);
        expect(Math.max(...events)).toBeLessThan(EVENTS_A_LANE * 2);
      }),
      { numRuns: 50 },
    );
  });
});

test('an event keeps to its lane', () => {
  const eventId = randomUUID();
  expect(new Set(Array.from({ length: 10 }, () => laneOf(eventId, 16))).size).toBe(1);
});
