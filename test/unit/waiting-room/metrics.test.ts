import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import { createQueueMetrics } from '../../../src/waiting-room/stats/metrics.ts';
import { eventually } from '../../support/wait.ts';

afterEach(() => void vi.restoreAllMocks());

function start() {
  const registry = new Registry();
  return { registry, metrics: createQueueMetrics({ registry }), measured: () => measuredIn(registry) };
}

/** The values of the waiting rooms by name and labels, as Prometheus reads them. */
async function measuredIn(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('tiketi_queue_'));
  const cut = (line: string) => line.lastIndexOf(' ');
  return Object.fromEntries(
    lines.map((line) => [line.slice('tiketi_queue_'.length, cut(line)), Number(line.slice(cut(line)))]),
  );
}

const ofEvent = (now: Record<string, number>, event: string) =>
  ['waiting', 'inside', 'threshold'].map((name) => now[`${name}{event="${event}"}`]);

const nothing = [undefined, undefined, undefined];

test('a room is shown in its last state while there are people in it', async () => {
  const { metrics, measured } = start();
  const [event, other] = [randomUUID(), randomUUID()];
  expect(ofEvent(await measured(), event)).toEqual(nothing);
  metrics.room(event, { queueSize: 5, inside: 2, threshold: 2 });
  metrics.room(other, { queueSize: 0, inside: 1, threshold: 9 });
  metrics.room(event, { queueSize: 4, inside: 3, threshold: 3 });
  expect(ofEvent(await measured(), event)).toEqual([4, 3, 3]);
  expect(ofEvent(await measured(), other)).toEqual([0, 1, 9]);
  metrics.room(event, { queueSize: 0, inside: 0, threshold: 3 });
  metrics.gone(other);
  expect(Object.keys(await measured()).filter((name) => name.includes('event='))).toEqual([]);
});

test('a room that is not seen for a while is forgotten, and only so many rooms are shown', async () => {
  const { metrics, measured } = start();
  const room = { queueSize: 1, inside: 1, threshold: 1 };
  for (let count = 0; count < 2_000; count++) metrics.room(randomUUID(), room);
  const event = randomUUID();
  metrics.room(event, room);
  const shown = Object.keys(await measured()).filter((name) => name.startsWith('waiting{'));
  expect(shown).toHaveLength(500);
  expect(ofEvent(await measured(), event)).toEqual([1, 1, 1]);
  const later = performance.now() + 200_000;
  vi.spyOn(performance, 'now').mockImplementation(() => later);
  await eventually(async () => expect(ofEvent(await measured(), event)).toEqual(nothing));
});

test('arrivals, admissions and abandonments are counted, with the waits that are known', async () => {
  const { metrics, measured } = start();
  expect(await measured()).toMatchObject({
    arrivals_total: 0,
    admissions_total: 0,
    abandonments_total: 0,
    reforms_total: 0,
  });
  metrics.noteRoom({ arrived: 3, abandoned: 0, reformed: false });
  metrics.noteRoom({ arrived: 0, abandoned: 2, reformed: true });
  metrics.admitted(3, [2_000, 90_000]);
  metrics.admitted(0, []);
  metrics.estimateError(0.12);
  metrics.estimateError(3);
  expect(await measured()).toMatchObject({
    arrivals_total: 3,
    admissions_total: 3,
    abandonments_total: 2,
    reforms_total: 1,
    wait_seconds_count: 2,
    wait_seconds_sum: 92,
    'wait_seconds_bucket{le="1"}': 0,
    'wait_seconds_bucket{le="5"}': 1,
    'wait_seconds_bucket{le="120"}': 2,
    estimate_error_count: 2,
    'estimate_error_bucket{le="0.1"}': 0,
    'estimate_error_bucket{le="0.15"}': 1,
    'estimate_error_bucket{le="2"}': 1,
  });
});

test('two instances in one process measure separately', async () => {
  const [one, other] = [start(), start()];
  one.metrics.noteRoom({ arrived: 1, abandoned: 0, reformed: false });
  expect((await one.measured()).arrivals_total).toBe(1);
  expect((await other.measured()).arrivals_total).toBe(0);
});
