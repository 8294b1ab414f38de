import type { Violation } from '../../harness/findings.ts';

import type { Contact, History, RoomFault } from '../history.ts';
import { epochOf, lossesOf, MARGIN_MS, type Sighting, type Stay, tell } from './stays.ts';

interface Admission {
  stay: Stay;
  beganAt: number;
  /** The last time at which the buyer was certainly not inside. */
  notBefore: number;
  sighting: Sighting;
}

/**
 * Of two buyers who kept contact, the one who had a place before the other came is let in first. An admission is seen only at the
 * buyer's next contact. So an inversion is certain if the later buyer was seen inside before the earlier one asked and had to wait on.
 * Only times between two losses are compared: a buyer who waits after a loss may have been let in before it without knowing.
 * A buyer who is late, that is not back when the line moves again after a loss nor at the time to poll, comes first again once back.
 */
export function checkAdmissions(history: History, stays: Stay[]): Violation[] {
  const losses = lossesOf(history);
  const admissions = Map.groupBy(admissionsOf(stays), ({ sighting }) =>
    epochOf(losses, sighting.sentAt, sighting.endedAt),
  );
  const violations: Violation[] = [];
  for (const [epoch, some] of admissions) {
    if (epoch === undefined) continue;
    const inOrder = some.sort((a, b) => a.sighting.endedAt - b.sighting.endedAt);
    const latest = latestSoFar(inOrder);
    for (const stay of stays) {
      const placed = stay.sightings.find(({ state }) => state === 'waiting');
      const waits = waitsOf(stay).findLast(
        ({ sentAt, endedAt }) => epochOf(losses, sentAt, endedAt) === epoch,
      );
      if (!placed || !waits) continue;
      const backAt = lateFrom(stay, losses.slice(0, epoch), history.settings.reformMs);
      const other =
        backAt === undefined
          ? latest[countBelow(inOrder, waits.sentAt, ({ sighting }) => sighting.endedAt) - 1]
          : inOrder.find(
              (each) =>
                each.notBefore > backAt &&
                each.beganAt > placed.endedAt &&
                each.sighting.endedAt < waits.sentAt,
            );
      if (other && other.stay.user !== stay.user && other.beganAt > placed.endedAt)
        violations.push({
          rule: 'no newcomer overtakes the line',
          detail: `${tell(waits)} | placed before: ${tell(placed)} | came later and was seen inside earlier: ${tell(other.sighting)}`,
        });
    }
  }
  return violations;
}

/**
 * When a late buyer was back after a loss; undefined if they came at their time to poll or before the line moved again. A contact
 * during the loss may have come before it, so only a later one brings the buyer back.
 */
function lateFrom({ sightings }: Stay, losses: RoomFault[], reformMs: number): number | undefined {
  for (const { to } of losses.toReversed()) {
    const last = sightings.findLast(({ sentAt }) => sentAt <= to);
    const next = sightings.find(({ sentAt }) => sentAt > to);
    if (!last || !next) continue;
    const expectedBy = Math.max(to + reformMs, last.endedAt + (last.nextPollMs ?? 0));
    if (next.sentAt > expectedBy - MARGIN_MS) return next.endedAt;
  }
  return undefined;
}

/** The first sighting inside of every buyer whose arrival is known. */
function admissionsOf(stays: Stay[]): Admission[] {
  return stays.flatMap((stay) => {
    const { beganAt, sightings } = stay;
    const index = sightings.findIndex(({ state }) => state === 'inside');
    const sighting = sightings[index];
    if (!sighting || beganAt === undefined) return [];
    return [{ stay, beganAt, notBefore: sightings[index - 1]?.sentAt ?? beganAt, sighting }];
  });
}

/** The sightings in line before the first one inside. */
function waitsOf({ sightings }: Stay): Sighting[] {
  const inside = sightings.findIndex(({ state }) => state === 'inside');
  return sightings.slice(0, inside < 0 ? undefined : inside).filter(({ state }) => state === 'waiting');
}

/** For each prefix, the admission of the latest arrival. */
function latestSoFar(admissions: Admission[]): Admission[] {
  let latest: Admission | undefined;
  return admissions.map((each) => {
    if (!latest || each.beganAt > latest.beganAt) latest = each;
    return latest;
  });
}

/** How many entries of an ascending list are below the limit. */
function countBelow<T>(list: T[], limit: number, of: (each: T) => number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (of(list[middle] as T) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Sequences have the order of arrival, and each belongs to one person. */
export function checkSequences(history: History, stays: Stay[]): Violation[] {
  const violations: Violation[] = [];
  const ownerOf = new Map<number, Contact>();
  for (const contact of history.contacts) {
    const { sequence, state, user } = contact;
    if (state !== 'waiting') continue;
    if (sequence === undefined) {
      violations.push({ rule: 'every place in line has a sequence', detail: tell(contact) });
      continue;
    }
    const owner = ownerOf.get(sequence);
    if (owner && owner.user !== user)
      violations.push({
        rule: 'a sequence belongs to one person',
        detail: `${tell(owner)} | ${tell(contact)}`,
      });
    else ownerOf.set(sequence, contact);
  }

  const placed = stays.flatMap((stay) => {
    const first = stay.sightings.find(({ state, sequence }) => state === 'waiting' && sequence !== undefined);
    return first ? [{ stay, first, sequence: first.sequence as number }] : [];
  });
  const earlier = placed.toSorted((a, b) => a.first.endedAt - b.first.endedAt);
  const newcomers = placed
    .filter(({ stay }) => stay.beganAt !== undefined)
    .sort((a, b) => (a.stay.beganAt as number) - (b.stay.beganAt as number));
  let next = 0;
  let last: (typeof placed)[number] | undefined;
  for (const newcomer of newcomers) {
    for (; (earlier[next]?.first.endedAt ?? Infinity) < (newcomer.stay.beganAt as number); next++) {
      const each = earlier[next];
      if (each && (!last || each.sequence > last.sequence)) last = each;
    }
    if (last && last.stay.user !== newcomer.stay.user && last.sequence > newcomer.sequence)
      violations.push({
        rule: 'the line has the order of arrival',
        detail: `${tell(last.first)} | came later: ${tell(newcomer.first)}`,
      });
  }
  return violations;
}
