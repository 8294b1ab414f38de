import type { Violation } from '../../sales/evidence.ts';
import type { Contact, History, RoomFault } from '../history.ts';
import { epochOf, lossesOf, MARGIN_MS, type Sighting, type Stay, tell } from './stays.ts';

interface Admission {
  stay: Stay;
  beganAt: number;
  /** He was not inside yet. */
  notBefore: number;
  sighting: Sighting;
}

/**
 * Of two who kept contact, the one who had a place before the other one came is let in first. When somebody was let in is seen only at
 * his next contact, so an inversion is certain where one was seen inside before the other, who came first, asked and was told to wait on.
 * Only what lies between two losses is compared: whoever waits after one may have been let in, and not yet have been told, before it.
 * Whoever is not back when the line begins to move again after one, and didn't come when he was told to, is first again when he is.
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
          rule: 'nobody overtakes',
          detail: `${tell(waits)} | placed before: ${tell(placed)} | came later and was seen inside earlier: ${tell(other.sighting)}`,
        });
    }
  }
  return violations;
}

/** When he was back after a loss, where that was neither when he was told to come again nor before the line began to move again. */
function lateFrom({ sightings }: Stay, losses: RoomFault[], reformMs: number): number | undefined {
  for (const { from, to } of losses.toReversed()) {
    const last = sightings.findLast(({ endedAt }) => endedAt < from);
    const next = sightings.find(({ sentAt }) => sentAt > from);
    if (!last || !next) continue;
    const expectedBy = Math.max(to + reformMs, last.endedAt + (last.nextPollMs ?? 0));
    if (next.sentAt > expectedBy - MARGIN_MS) return next.endedAt;
  }
  return undefined;
}

/** Those of whom it is known when they came, where they were first seen inside. */
function admissionsOf(stays: Stay[]): Admission[] {
  return stays.flatMap((stay) => {
    const { beganAt, sightings } = stay;
    const index = sightings.findIndex(({ state }) => state === 'inside');
    const sighting = sightings[index];
    if (!sighting || beganAt === undefined) return [];
    return [{ stay, beganAt, notBefore: sightings[index - 1]?.sentAt ?? beganAt, sighting }];
  });
}

/** Waiting, before he was inside. */
function waitsOf({ sightings }: Stay): Sighting[] {
  const inside = sightings.findIndex(({ state }) => state === 'inside');
  return sightings.slice(0, inside < 0 ? undefined : inside).filter(({ state }) => state === 'waiting');
}

/** Of each prefix, the one who came last. */
function latestSoFar(admissions: Admission[]): Admission[] {
  let latest: Admission | undefined;
  return admissions.map((each) => {
    if (!latest || each.beganAt > latest.beganAt) latest = each;
    return latest;
  });
}

/** How many of a list in ascending order are less than the limit. */
function countBelow<T>(list: T[], limit: number, of: (each: T) => number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (of(list[middle] as T) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Sequences follow the order in which people came, and belong to one person each. */
export function checkSequences(history: History, stays: Stay[]): Violation[] {
  const violations: Violation[] = [];
  const ownerOf = new Map<number, Contact>();
  for (const contact of history.contacts) {
    const { sequence, state, user } = contact;
    if (state !== 'waiting') continue;
    if (sequence === undefined) {
      violations.push({ rule: 'whoever waits has a sequence', detail: tell(contact) });
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
        rule: 'who comes first stands first',
        detail: `${tell(last.first)} | came later: ${tell(newcomer.first)}`,
      });
  }
  return violations;
}
