import fc from 'fast-check';
import { expect, test } from 'vitest';
import { certainlyInside } from '../../../faults/waiting-room/checks/check-inside.ts';
import { check } from '../../../faults/waiting-room/checks/checker.ts';
import {
  epochOf,
  lossesOf,
  type Sighting,
  type Stay,
  staysOf,
} from '../../../faults/waiting-room/checks/stays.ts';
import type { Contact, History, RoomFault } from '../../../faults/waiting-room/history.ts';
import { type Plot, play, REFORM_MS, TTL_MS } from './synthetic-history.ts';

const character = fc.record({
  claims: fc.boolean(),
  listens: fc.boolean(),
  arrivesAt: fc.integer({ min: 0, max: 40_000 }),
  pollMs: fc.integer({ min: 700, max: 6_000 }),
  dwellMs: fc.integer({ min: 0, max: 9_000 }),
  fadesInside: fc.boolean(),
  patienceMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 20_000 })),
});
const plot: fc.Arbitrary<Plot> = fc.record({
  characters: fc.array(character, { minLength: 15, maxLength: 40 }),
  threshold: fc.integer({ min: 1, max: 4 }),
  latencies: fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 1, maxLength: 30 }),
  kill: fc.record({ at: fc.integer({ min: 3_000, max: 40_000 }), instance: fc.integer({ min: 0, max: 2 }) }),
  lossAt: fc.integer({ min: 3_000, max: 40_000 }),
});

test('a history without violations is accepted', () => {
  fc.assert(
    fc.property(plot, (told) => {
      expect(check(play(told))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** What a forger works with. */
interface Desk {
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

const overLoss = ({ history }: Desk, { before, now }: { before: Sighting; now: Sighting }) =>
  lossesOf(history).some(({ from, to }) => before.endedAt < from && now.sentAt > to);
const isCalm = ({ history }: Desk, { sentAt, endedAt }: Contact) =>
  history.faults.every(({ from, to }) => endedAt < from || sentAt > to + 10_000);
const waits = ({ state }: Contact) => state === 'waiting';
const isInside = ({ state }: Contact) => state === 'inside';
const firstWait = ({ sightings }: Stay) => sightings.find(waits);

function addBuyer({ history }: Desk, contacts: Omit<Contact, 'user'>[]): void {
  const user = history.buyers.length;
  history.buyers.push({ claims: true, silentFrom: contacts.at(-1)?.endedAt ?? 0 });
  history.contacts.push(...contacts.map((contact) => ({ ...contact, user })));
}

/** Pairs of stays: the first had a place before the second came, and neither buyer has another stay in line. */
function oneAfterTheOther({ stays }: Desk): [Stay, Stay][] {
  const placed = stays.filter(firstWait);
  const only = placed.filter(({ user }) => placed.filter((other) => other.user === user).length === 1);
  return only.flatMap((first) =>
    only
      .filter(({ beganAt = 0 }) => beganAt > (firstWait(first)?.endedAt ?? 0))
      .map((second): [Stay, Stay] => [first, second]),
  );
}

function renumber({ sightings }: Stay, sequence: number): void {
  for (const sighting of sightings.filter(waits)) sighting.sequence = sequence;
}

const sequenceOf = (stay: Stay) => firstWait(stay)?.sequence as number;

/** A newcomer arrives after a waiting buyer, and is let in after the loss although that buyer is back. */
function overtakeAfterLoss(desk: Desk, isFit: (back: Sighting, lossEnd: number) => boolean): void {
  const { history, pick, stays } = desk;
  const [{ from, to }] = lossesOf(history) as [RoomFault];
  const [placed, back, later] = pick(
    stays.flatMap(({ sightings, claims }): [Sighting, Sighting, Sighting][] => {
      const inside = sightings.findIndex(isInside);
      const own = sightings.slice(0, inside < 0 ? undefined : inside).filter(waits);
      const [first, last] = [own[0], own.at(-1)];
      const next = sightings.find(({ sentAt }) => sentAt > from);
      if (!claims || !first || !last || !next || first.endedAt > from - 10 || next.sentAt < to) return [];
      const lasts = last.sentAt > next.endedAt + 10 && last.sentAt < next.endedAt + TTL_MS / 2;
      return lasts && isFit(next, to) ? [[first, next, last]] : [];
    }),
  );
  const contacts: Omit<Contact, 'user'>[] = [];
  const note = (about: Partial<Contact>, sentAt: number, endedAt = sentAt + 1) =>
    contacts.push({ ...placed, sequence: 998, ...about, sentAt, endedAt });
  note({ kind: 'check' }, placed.endedAt + 1);
  for (let at = placed.endedAt + TTL_MS / 3; at < back.endedAt; at += TTL_MS / 3) note({}, at);
  note({}, back.endedAt + 1);
  note({ state: 'inside' }, back.endedAt + 3, later.sentAt - 1);
  addBuyer(desk, contacts);
}

type Forgery = [what: string, rule: string, forge: (desk: Desk) => void];
const forgeries: Forgery[] = [
  [
    'a newcomer who is let in before the line',
    'no newcomer overtakes the line',
    (desk) => {
      const { history, pick, stays } = desk;
      const losses = lossesOf(history);
      const [placed, later] = pick(
        stays.flatMap(({ sightings }): [Sighting, Sighting][] => {
          const inside = sightings.findIndex(isInside);
          const own = sightings.slice(0, inside < 0 ? undefined : inside).filter(waits);
          const [first, last] = [own[0], own.at(-1)];
          const isFit = first && last && last.sentAt > first.endedAt + 10;
          return isFit && epochOf(losses, first.endedAt, last.endedAt) !== undefined ? [[first, last]] : [];
        }),
      );
      const overtaker = { ...placed, sentAt: placed.endedAt + 1, endedAt: later.sentAt - 1 };
      addBuyer(desk, [{ ...overtaker, kind: 'check', state: 'inside' }]);
    },
  ],
  [
    'a newcomer who is let in before the line after a loss',
    'no newcomer overtakes the line',
    (desk) => overtakeAfterLoss(desk, ({ sentAt }, to) => sentAt < to + REFORM_MS / 2),
  ],
  [
    'a newcomer who is let in before a buyer who came back late',
    'no newcomer overtakes the line',
    (desk) => overtakeAfterLoss(desk, ({ sentAt }, to) => sentAt > to + REFORM_MS),
  ],
  [
    'two buyers who have changed places',
    'the line has the order of arrival',
    (desk) => {
      const [first, second] = desk.pick(oneAfterTheOther(desk));
      const [lower, higher] = [sequenceOf(first), sequenceOf(second)];
      renumber(first, higher);
      renumber(second, lower);
    },
  ],
  [
    'a sequence with two owners',
    'a sequence belongs to one person',
    (desk) => {
      const [first, second] = desk.pick(oneAfterTheOther(desk));
      renumber(second, sequenceOf(first));
    },
  ],
  [
    'a place without a sequence',
    'every place in line has a sequence',
    ({ history, pick }) => {
      delete pick(history.contacts.filter(waits)).sequence;
    },
  ],
  [
    'an answer that counts too many inside',
    'the threshold is never passed',
    ({ history, pick }) => {
      const some = pick(history.contacts.filter(({ state }) => state !== undefined));
      some.currentUsers = history.settings.threshold + 1;
    },
  ],
  [
    'an update that counts too many inside',
    'the threshold is never passed',
    ({ history, pick }) => {
      pick(history.updates).currentUsers = history.settings.threshold + 1;
    },
  ],
  [
    'more people inside than any answer counts',
    'the threshold is never passed',
    (desk) => {
      const { history, pick, stays } = desk;
      const stay = pick(
        stays.filter(
          (each) => each.claims && certainlyInside(history, each).some(({ from, to }) => to > from),
        ),
      );
      const own = history.contacts.filter(({ user }) => user === stay.user);
      for (let more = 0; more < history.settings.threshold; more++) addBuyer(desk, own);
    },
  ],
  [
    'a buyer inside who is back in line',
    'a person inside stays inside',
    ({ pairs, pick }) => {
      const { now } = pick(pairs.filter(({ before, now }) => isInside(before) && isInside(now)));
      Object.assign(now, { state: 'waiting', position: 1, sequence: 999 });
    },
  ],
  [
    'a buyer inside with a pass who is outside after a loss',
    'a person inside stays inside',
    (desk) => {
      const { now } = desk.pick(
        desk.pairs.filter((pair) => overLoss(desk, pair) && isInside(pair.before) && isInside(pair.now)),
      );
      now.state = 'outside';
    },
  ],
  [
    'a waiting buyer who is outside',
    'a place in line is kept',
    ({ pairs, pick }) => {
      pick(pairs.filter(({ before }) => waits(before))).now.state = 'outside';
    },
  ],
  [
    'a waiting buyer who has another place',
    'a place in line is kept',
    ({ pairs, pick }) => {
      pick(pairs.filter(({ before, now }) => waits(before) && waits(now))).now.sequence = 999;
    },
  ],
  [
    'a buyer with a ticket who lost their place with Redis',
    'a place in line is kept',
    (desk) => {
      const { now } = desk.pick(
        desk.pairs.filter((pair) => overLoss(desk, pair) && waits(pair.before) && waits(pair.now)),
      );
      now.sequence = 1_000_999;
    },
  ],
  [
    'a buyer whose position gets worse',
    'a position never gets worse',
    ({ history, pairs, pick }) => {
      const [loss] = lossesOf(history);
      const { before, now } = pick(
        pairs.filter(({ before, now }) => waits(before) && waits(now) && now.endedAt < (loss?.from ?? 0)),
      );
      now.position = (before.position ?? 0) + 1;
    },
  ],
  [
    'a check that gives no place',
    'a check gives a place',
    ({ pick, stays }) => {
      const firsts = stays.flatMap(({ sightings }) => sightings.slice(0, 1));
      pick(firsts.filter(({ kind }) => kind === 'check')).state = 'outside';
    },
  ],
  [
    'a buyer who gets no more answers',
    'every buyer is accounted for',
    ({ history, pick }) => {
      const ownOf = Map.groupBy(history.contacts, ({ user }) => user);
      const [user, own] = pick(
        [...ownOf].filter(([, contacts]) => {
          const first = contacts.find(({ status }) => status === 200);
          return first && (contacts.at(-1)?.sentAt ?? 0) - first.sentAt > history.settings.ttlMs;
        }),
      );
      const until = (own.find(({ status }) => status === 200)?.sentAt ?? 0) + 1;
      history.contacts = history.contacts.filter((each) => each.user !== user || each.sentAt < until);
    },
  ],
  [
    'an answer of 500',
    'answers are 200 or 503',
    ({ history, pick }) => {
      pick(history.contacts).status = 500;
    },
  ],
  [
    'a refusal because of too many requests',
    'answers are 200 or 503',
    ({ history, pick }) => {
      pick(history.contacts).status = 429;
    },
  ],
  [
    'a 503 without a time to come back',
    'a 503 says when to come back',
    ({ history, pick }) => {
      pick(history.contacts).status = 503;
    },
  ],
  [
    'a 503 outside a fault',
    'no 503 outside a fault',
    (desk) => {
      const { history, pick } = desk;
      Object.assign(pick(history.contacts.filter((each) => isCalm(desk, each))), {
        status: 503,
        retryAfter: 1,
      });
    },
  ],
  [
    'a connection that breaks outside a fault',
    'no connection breaks outside a fault',
    (desk) => {
      desk.pick(desk.history.contacts.filter((each) => isCalm(desk, each))).status = null;
    },
  ],
  [
    'a broken connection to an instance that was not killed',
    'no connection breaks outside a fault',
    ({ history, pick }) => {
      const killed = history.faults.flatMap(({ breaks }) => breaks);
      pick(history.contacts.filter(({ instance }) => !killed.includes(instance))).status = null;
    },
  ],
  [
    'a buyer who was let in and not told',
    'a person who is let in is told so',
    ({ history, pairs, pick }) => {
      const listens = new Set(history.presences.map(({ user }) => user));
      const { stay } = pick(
        pairs.filter(
          ({ stay, before, now }) =>
            listens.has(stay.user) && waits(before) && now === stay.sightings.find(isInside),
        ),
      );
      history.heard = history.heard.filter(({ user }) => user !== stay.user);
    },
  ],
  [
    'places that stay empty',
    'free places go to the people who wait',
    (desk) => {
      const { contacts, faults, settings } = desk.history;
      const answers = contacts.filter(waits);
      for (const each of answers) each.currentUsers = settings.threshold - 1;
      // Far enough from every fault that would excuse it.
      const calm = Map.groupBy(
        answers.filter((each) =>
          faults.every(({ from, to }) => each.endedAt < from - 5_000 || each.sentAt > to + 24_000),
        ),
        ({ sentAt }) => Math.floor(sentAt / 5_000),
      );
      fc.pre([...calm.values()].some(({ length }) => length >= 10));
    },
  ],
];

test.each(forgeries)('%s is found', (_what, rule, forge) => {
  fc.assert(
    fc.property(plot, fc.nat(), (told, choice) => {
      const history = play(told);
      forge(deskOf(history, choice));
      expect(check(history).map((violation) => violation.rule)).toContain(rule);
    }),
    // Some histories offer nothing to forge.
    { numRuns: 60, maxSkipsPerRun: 1_000 },
  );
});
