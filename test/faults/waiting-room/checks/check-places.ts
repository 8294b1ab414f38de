import type { Violation } from '../../harness/findings.ts';

import type { History } from '../history.ts';
import { lossesOf, type Sighting, type Stay, tell } from './stays.ts';

/** A place in line keeps its sequence as long as its owner keeps contact, and its position never gets worse. */
export function checkPlacesKept(history: History, stays: Stay[]): Violation[] {
  const losses = lossesOf(history);
  const violations: Violation[] = [];
  /** After a loss people come back one by one to where they stood. */
  const mayGrow = (before: Sighting, now: Sighting) =>
    losses.some(({ from, to }) => before.sentAt <= to + history.settings.ttlMs && now.endedAt >= from);

  for (const { sightings } of stays) {
    for (const [index, now] of sightings.entries()) {
      const before = sightings[index - 1];
      const violated = (rule: string) =>
        violations.push({ rule, detail: [before && tell(before), tell(now)].join(' | and then: ') });
      if (now.kind === 'check' && now.state !== 'inside' && now.state !== 'waiting')
        violated('a check gives a place');
      if (before?.state !== 'waiting') continue;
      if (now.state !== 'inside' && now.state !== 'waiting') violated('a place in line is kept');
      if (now.state !== 'waiting') continue;
      if (now.sequence !== before.sequence) violated('a place in line is kept');
      if ((now.position ?? 0) > (before.position ?? 0) && !mayGrow(before, now))
        violated('a position never gets worse');
    }
  }
  return violations;
}

/** Every buyer who didn't leave got answers until the end. */
export function checkAccounts({ buyers, contacts, settings, endedAt }: History): Violation[] {
  const last = new Map<number, number>();
  for (const { user, sentAt, status } of contacts)
    if (status === 200) last.set(user, Math.max(last.get(user) ?? 0, sentAt));
  return [...buyers.entries()].flatMap(([user, { silentFrom }]) => {
    const seenAt = last.get(user);
    const until = Math.min(silentFrom ?? Infinity, endedAt);
    if (seenAt !== undefined && until - seenAt <= settings.ttlMs) return [];
    const detail = `user ${user} got ${seenAt === undefined ? 'no answer at all' : `no answer in the last ${Math.round(until - seenAt)} ms`}`;
    return [{ rule: 'every buyer is accounted for', detail }];
  });
}
