import { GRACE_MS, type Violation } from '../../harness/findings.ts';

import type { Contact, History, RoomFault } from '../history.ts';
import { isMuted, type Stay, tell } from './stays.ts';

/** Every answer is a 200. During a fault it may be a 503 with a time to come back, or a broken connection. */
export function checkAnswers({ contacts, faults }: History): Violation[] {
  return contacts.flatMap((contact) => {
    const { status, instance, retryAfter } = contact;
    if (status === 200) return [];
    const during = faults.filter((fault) => overlaps(contact, fault));
    if (status === null) {
      return during.some(({ breaks }) => breaks.includes(instance))
        ? []
        : [{ rule: 'no connection breaks outside a fault', detail: tell(contact) }];
    }
    if (status !== 503) return [{ rule: 'answers are 200 or 503', detail: tell(contact) }];
    if (!(retryAfter !== undefined && retryAfter >= 0))
      return [{ rule: 'a 503 says when to come back', detail: tell(contact) }];
    return during.some(({ unavailable }) => unavailable)
      ? []
      : [{ rule: 'no 503 outside a fault', detail: tell(contact) }];
  });
}

/** The time after a fault within which every instance tells places again. */
export const TELLS_WITHIN_MS = 5_000;

/**
 * An instance that refuses requests after a fault also tells some buyer where they stand. People inside don't count: their pass is
 * enough without Redis.
 */
export function checkRecovery({ contacts, faults }: History): Violation[] {
  const requests = contacts.filter(({ kind }) => kind !== 'socket');
  return faults.flatMap((fault) => {
    const { name, to } = fault;
    const others = faults.filter((each) => each !== fault);
    const after = requests.filter(
      (each) =>
        each.sentAt > to &&
        each.endedAt <= to + TELLS_WITHIN_MS &&
        !others.some((other) => overlaps(each, other)),
    );
    return [...Map.groupBy(after, ({ instance }) => instance)]
      .filter(([, own]) => own.some(isRefused) && !own.some(tellsPlace))
      .map(([instance, own]) => ({
        rule: 'every instance tells places again soon after a fault',
        detail: `none of ${own.length} answers of instance ${instance}, after: ${name}`,
      }));
  });
}

const isRefused = ({ status }: Contact) => status !== 200;
const tellsPlace = ({ status, state }: Contact) => status === 200 && state !== 'inside';

function overlaps({ sentAt, endedAt }: Contact, { from, to }: RoomFault): boolean {
  return endedAt >= from && sentAt <= to + GRACE_MS;
}

export const TOLD_WITHIN_MS = 3_000;

/**
 * A person who is let in from the line is told so on an open socket. A check that finds them inside uses their entry, so then the socket
 * must have been open since they last waited. Otherwise it is enough that the socket is open now. A socket on an instance that a fault
 * mutes doesn't count.
 */
export function checkTold(history: History, stays: Stay[]): Violation[] {
  const { presences, heard } = history;
  const presencesOf = Map.groupBy(presences, ({ user }) => user);
  const heardOf = Map.groupBy(heard, ({ user }) => user);
  return stays.flatMap(({ user, sightings }) => {
    const index = sightings.findIndex(({ state }) => state === 'inside');
    const [waits, inside] = [sightings[index - 1], sightings[index]];
    if (waits?.state !== 'waiting' || !inside) return [];
    const since = inside.kind === 'check' ? waits.sentAt : inside.sentAt;
    const until = inside.endedAt + TOLD_WITHIN_MS;
    const stood = presencesOf
      .get(user)
      ?.some(
        ({ instance, from, to }) => from <= since && to >= until && !isMuted(history, instance, since, until),
      );
    const told = heardOf.get(user)?.some(({ at }) => at >= waits.sentAt && at <= until);
    if (!stood || told) return [];
    return [
      { rule: 'a person who is let in is told so', detail: `${tell(waits)} | and then: ${tell(inside)}` },
    ];
  });
}
