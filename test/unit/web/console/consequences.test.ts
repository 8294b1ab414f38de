import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { QueueAdmin } from '../../../../src/client/index.ts';
import {
  type Change,
  type Consequence,
  consequencesOf,
} from '../../../../src/web/console/queue/consequences.ts';
import { parseSetting } from '../../../../src/web/console/queue/settings.ts';

const STARTS_AT = Date.parse('2026-11-26T11:00:00Z');
const AFTER = { startsAt: STARTS_AT, now: STARTS_AT + 60_000 };
const BEFORE = { startsAt: STARTS_AT, now: STARTS_AT - 3_600_000 };

const roomWith = (given: Partial<QueueAdmin>) =>
  ({
    queueSize: 1_204,
    currentUsers: 955,
    threshold: 1_000,
    paused: false,
    drainPerSecond: null,
    lobbyMinutes: null,
    waitingTtlSeconds: 300,
    lobbySize: 0,
    silentSize: 12,
    ...given,
  }) as QueueAdmin;

const told = (change: Change, given: Partial<QueueAdmin> = {}, when = AFTER) =>
  consequencesOf(change, roomWith(given), when);

test('a threshold below those inside lets nobody in until enough have left', () => {
  expect(told({ setting: 'threshold', value: 500 })).toEqual([
    { kind: 'wait', waiting: 1_204 },
    { kind: 'untilLeft', leave: 455, inside: 955 },
    { kind: 'insideStay', inside: 955 },
  ]);
});

test('a higher threshold lets in as many as there is room for, and no faster than the limit', () => {
  expect(told({ setting: 'threshold', value: 2_000 })).toEqual([
    { kind: 'comeIn', people: 1_045, waiting: 1_204 },
  ]);
  expect(told({ setting: 'threshold', value: 2_000 }, { drainPerSecond: 50 })).toEqual([
    { kind: 'comeInSlowly', people: 1_045, waiting: 1_204, perSecond: 50, seconds: 21 },
  ]);
  expect(told({ setting: 'threshold', value: 2_000 }, { paused: true })).toEqual([
    { kind: 'wait', waiting: 1_204 },
    { kind: 'stillPaused' },
  ]);
  expect(told({ setting: 'threshold', value: 2_000 }, { queueSize: 0 })).toEqual([
    { kind: 'nobodyWaits' },
    { kind: 'room', places: 1_045 },
  ]);
});

test('a limit a second says how long the line takes at least', () => {
  expect(told({ setting: 'drainPerSecond', value: 10 })).toEqual([
    { kind: 'comeInSlowly', people: 45, waiting: 1_204, perSecond: 10, seconds: 5 },
    { kind: 'pace', waiting: 1_204, perSecond: 10, seconds: 121 },
    { kind: 'newcomersPaced', perSecond: 10 },
  ]);
});

test('a lobby lets people in after its draw, whatever room there is', () => {
  const lobby = { queueSize: 500, lobbySize: 500, currentUsers: 0, lobbyMinutes: 30 };
  const drawFirst = { kind: 'drawFirst', lobby: 500 };
  expect(told({ setting: 'threshold', value: 2_000 }, lobby, BEFORE)).toEqual([drawFirst]);
  expect(told({ setting: 'drainPerSecond', value: null }, lobby, BEFORE)).toEqual([drawFirst]);
});

test('a pause keeps every place, and its end lets people in at once', () => {
  expect(told({ setting: 'paused', value: true })).toEqual([
    { kind: 'wait', waiting: 1_204 },
    { kind: 'newcomersWait' },
    { kind: 'insideStay', inside: 955 },
  ]);
  expect(told({ setting: 'paused', value: false }, { paused: true })).toEqual([
    { kind: 'comeIn', people: 45, waiting: 1_204 },
  ]);
});

test('a lobby tells when it opens, and what happens to those who came before', () => {
  const draw = STARTS_AT;
  expect(told({ setting: 'lobbyMinutes', value: 30 }, {}, BEFORE)).toEqual([
    { kind: 'lobbyOpens', at: STARTS_AT - 1_800_000, draw },
    { kind: 'insideLoseEntry', inside: 955 },
  ]);
  expect(told({ setting: 'lobbyMinutes', value: 90 }, {}, BEFORE)).toEqual([
    { kind: 'lobbyOpensNow', draw, people: 2_159 },
  ]);
  expect(told({ setting: 'lobbyMinutes', value: null }, { lobbySize: 300 }, BEFORE)).toEqual([
    { kind: 'lobbyEnds', people: 300 },
  ]);
});

test('a shorter silence ends places, and a longer one keeps them', () => {
  expect(told({ setting: 'waitingTtlSeconds', value: 60 })).toEqual([
    { kind: 'silenceEnds', seconds: 60, silent: 12, waiting: 1_204 },
  ]);
  expect(told({ setting: 'waitingTtlSeconds', value: 7_200 })[0]).toMatchObject({ kind: 'silenceKeeps' });
});

test('clearing counts those in the lobby once', () => {
  expect(told({ setting: 'clear' }, { lobbySize: 204 })[0]).toEqual({
    kind: 'sentHome',
    waiting: 1_000,
    lobby: 204,
    inside: 955,
  });
});

test('what is told adds up, whatever the figures are', () => {
  const count = fc.nat(5_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      fc.option(fc.integer({ min: 1, max: 500 })),
      (waiting, inside, value, drain) => {
        const facts = told(
          { setting: 'threshold', value },
          { queueSize: waiting, currentUsers: inside, drainPerSecond: drain },
        );
        const of = <Kind extends Consequence['kind']>(kind: Kind) =>
          facts.find((fact): fact is Extract<Consequence, { kind: Kind }> => fact.kind === kind);
        const comeIn = of('comeIn') ?? of('comeInSlowly');
        const people = comeIn?.people ?? 0;
        expect(people).toBeLessThanOrEqual(waiting);
        expect(inside + people).toBeLessThanOrEqual(Math.max(inside, value));
        if (waiting > 0 && value > inside) expect(people).toBeGreaterThan(0);
        const leave = of('untilLeft')?.leave;
        if (leave !== undefined) expect(inside - leave).toBe(value);
      },
    ),
  );
});

test('a number is taken as it is typed, if the service takes it', () => {
  expect(parseSetting('threshold', ' 2,000 ')).toBe(2_000);
  expect(parseSetting('threshold', '0')).toBe(0);
  expect(parseSetting('drainPerSecond', '0.5')).toBe(0.5);
  for (const text of ['', ' ', 'many', '-1', '1.5', '10000001'])
    expect(parseSetting('threshold', text)).toBeUndefined();
  expect(parseSetting('drainPerSecond', '0')).toBeUndefined();
  expect(parseSetting('waitingTtlSeconds', '59')).toBeUndefined();
});
