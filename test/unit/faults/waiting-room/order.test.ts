import { epochOf, lossesOf, type Sighting, type Stay } from '../../../faults/waiting-room/checks/stays.ts';
import type { Contact, RoomFault } from '../../../faults/waiting-room/history.ts';
import { addBuyer, type Desk, expectFound, type Forgery, firstWait, isInside, waits } from './forger.ts';
import { REFORM_MS, TTL_MS } from './synthetic-history.ts';

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
      // A contact during the loss may have come before it, and brings no buyer back.
      if (!claims || !first || !last || !next || first.endedAt > from - 10 || next.sentAt <= to) return [];
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
          // A place asked for during a loss may have been lost with it, and the newcomer is then no overtaker. So the request counts too.
          return isFit && epochOf(losses, first.sentAt, last.endedAt) !== undefined ? [[first, last]] : [];
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
];

expectFound(forgeries);
