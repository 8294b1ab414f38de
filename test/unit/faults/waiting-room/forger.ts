import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check } from '../../../faults/waiting-room/checks/checker.ts';
import { lossesOf, type Sighting, type Stay, staysOf } from '../../../faults/waiting-room/checks/stays.ts';
import type { Contact, History } from '../../../faults/waiting-room/history.ts';
import { type Plot, play } from './synthetic-history.ts';

const character = fc.record({
  claims: fc.boolean(),
  listens: fc.boolean(),
  arrivesAt: fc.integer({ min: 0, max: 40_000 }),
  pollMs: fc.integer({ min: 700, max: 6_000 }),
  dwellMs: fc.integer({ min: 0, max: 9_000 }),
  fadesInside: fc.boolean(),
  patienceMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 20_000 })),
});

export const plot: fc.Arbitrary<Plot> = fc.record({
  characters: fc.array(character, { minLength: 15, maxLength: 40 }),
  threshold: fc.integer({ min: 1, max: 4 }),
  latencies: fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 1, maxLength: 30 }),
  kill: fc.record({ at: fc.integer({ min: 3_000, max: 40_000 }), instance: fc.integer({ min: 0, max: 2 }) }),
  lossAt: fc.integer({ min: 3_000, max: 40_000 }),
});

/** What a forger works with. */
export interface Desk {
  history: History;
  stays: Stay[];
  /** Two sightings of one stay that follow each other. */
  pairs: { stay: Stay; before: Sighting; now: Sighting }[];
  /** @throws when there is nothing to choose from, because this history can't be forged in this way */
  pick<T>(from: T[]): T;
}

function deskOf(history: History, choice: number): Desk {
  const stays = staysOf(history);
  return {
    history,
    stays,
    pairs: stays.flatMap((stay) =>
      stay.sightings.slice(1).map((now, index) => ({ stay, before: stay.sightings[index] as Sighting, now })),
    ),
    pick: (from) => {
      fc.pre(from.length > 0);
      return from[choice % from.length] as never;
    },
  };
}

export const overLoss = ({ history }: Desk, { before, now }: { before: Sighting; now: Sighting }) =>
  lossesOf(history).some(({ from, to }) => before.endedAt < from && now.sentAt > to);

export const isCalm = ({ history }: Desk, { sentAt, endedAt }: Contact) =>
  history.faults.every(({ from, to }) => endedAt < from || sentAt > to + 10_000);

export const waits = ({ state }: Contact) => state === 'waiting';

export const isInside = ({ state }: Contact) => state === 'inside';

export const firstWait = ({ sightings }: Stay) => sightings.find(waits);

export function addBuyer({ history }: Desk, contacts: Omit<Contact, 'user'>[]): void {
  const user = history.buyers.length;
  history.buyers.push({ claims: true, silentFrom: contacts.at(-1)?.endedAt ?? 0 });
  history.contacts.push(...contacts.map((contact) => ({ ...contact, user })));
}

export type Forgery = [what: string, rule: string, forge: (desk: Desk) => void];

/** One test for each forgery: the checker finds it in whichever history it is put. */
export function expectFound(forgeries: Forgery[]): void {
  test.each(forgeries)('%s is found', (_what, rule, forge) => {
    fc.assert(
      fc.property(plot, fc.nat(), (told, choice) => {
        const history = play(told);
        forge(deskOf(history, choice));
        expect(check(history).map((violation) => violation.rule)).toContain(rule);
      }),
      // Some histories offer nothing to forge.
      { numRuns: 20, maxSkipsPerRun: 1_000 },
    );
  });
}
