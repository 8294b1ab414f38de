import { expect, test } from 'vitest';
import { check } from '../../../faults/watchers/checks/checker.ts';
import { digest } from '../../../faults/watchers/digest.ts';
import type { Sample, Step, WatcherHistory, WatcherRecord } from '../../../faults/watchers/history.ts';

/** A time in seconds after the start of the story. */
export const at = (seconds: number) => Date.parse('2026-07-01T11:00:00Z') + seconds * 1_000;

const FIRST = 1;
const LAST = 601;
const SEATS = digest(Uint8Array.of(0, 1, 2, 0));
const STOCK = ['t1 5 of 10', 't2 0 of 4'];

/** Ten versions a second, over a minute. */
const versionAt = (seconds: number) => Math.min(LAST, FIRST + Math.floor(seconds * 10));

const hear = (from: number, version: number): Step => ({ did: 'hear', from, version });

/** From one version to another, in steps of five. */
function steps(from: number, to: number): Step[] {
  return Array.from({ length: Math.ceil((to - from) / 5) }, (_, index) =>
    hear(from + index * 5, Math.min(to, from + index * 5 + 5)),
  );
}

const begin: Step[] = [
  { did: 'connect', instance: 0 },
  { did: 'read', version: FIRST, why: 'first' },
];

/**
 * Watchers of a minute of sales, without a violation: one that is never disturbed, one whose stream resumes at another instance, one
 * that misses a packet, one that is told to read the map again, and an existing client.
 */
export function cleanStory(): WatcherHistory {
  const last = { version: LAST, seats: SEATS, stock: STOCK };
  const watchers: WatcherRecord[] = [
    { kind: 'websocket', steps: [...begin, ...steps(FIRST, LAST)], last },
    {
      kind: 'sse',
      steps: [
        ...begin,
        ...steps(FIRST, 201),
        { did: 'connect', instance: 1 },
        hear(201, 240),
        ...steps(240, LAST),
      ],
      last,
    },
    {
      kind: 'batch',
      steps: [
        ...begin,
        ...steps(FIRST, 201),
        { did: 'miss', from: 206, version: 211 },
        { did: 'catch-up', from: 201, version: 215 },
        hear(206, 211),
        hear(211, 216),
        ...steps(216, LAST),
      ],
      last: { ...last, stock: [] },
    },
    {
      kind: 'websocket',
      steps: [
        ...begin,
        ...steps(FIRST, 301),
        { did: 'read', version: 310, why: 'told' },
        ...steps(310, LAST),
      ],
      last,
    },
    {
      kind: 'reference',
      steps: [...begin, { did: 'connect', instance: 2 }, { did: 'read', version: 250, why: 'first' }],
      last: { version: 250, seats: SEATS, stock: [] },
    },
  ];
  const samples = Array.from({ length: 121 }, (_, index): Sample => {
    const version = versionAt(index / 2);
    const behind = Math.max(FIRST, version - 5);
    // The second one is away for a while, and an existing client doesn't say how far it is.
    const away = index > 40 && index < 50;
    return {
      at: at(index / 2),
      database: version,
      watchers: Int32Array.of(version, away ? -1 : behind, behind, version, -1),
    };
  });
  const faults = [
    { name: 'kill -9', from: at(20), to: at(22), unavailable: false, breaks: [0] },
    { name: 'Redis away', from: at(30), to: at(40), unavailable: false, breaks: [] },
  ];
  return { watchers, samples, faults, database: last };
}

export const watcher = ({ watchers }: WatcherHistory, number: number) => watchers[number] as WatcherRecord;

export type Forgery = [what: string, rule: string, forge: (history: WatcherHistory) => void];

/** One test for each forgery: the checker finds it in the clean story. */
export function expectFound(forgeries: Forgery[]): void {
  test.each(forgeries)('%s is found', (_what, rule, forge) => {
    const history = cleanStory();
    forge(history);
    expect([...new Set(check(history).map((violation) => violation.rule))]).toContain(rule);
  });
}
