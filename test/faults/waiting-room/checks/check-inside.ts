import type { Violation } from '../../sales/evidence.ts';
import type { History } from '../history.ts';
import { lossesOf, MARGIN_MS, type Stay, tell } from './stays.ts';

/** No service says that more are inside than may be, and no more are than may be. */
export function checkThreshold(history: History, stays: Stay[]): Violation[] {
  const rule = 'never more inside than allowed';
  const violations: Violation[] = [];
  for (const contact of history.contacts) {
    const { currentUsers, threshold } = contact;
    if (currentUsers !== undefined && !(currentUsers <= (threshold ?? 0)))
      violations.push({ rule, detail: tell(contact) });
  }
  for (const { at, currentUsers, threshold } of history.updates) {
    if (currentUsers > threshold)
      violations.push({
        rule,
        detail: `queue-updated at ${new Date(at).toISOString().slice(14, 23)}: ${currentUsers} of ${threshold} inside`,
      });
  }

  const { threshold } = history.settings;
  const crowd = mostAtOnce(stays.flatMap((stay) => certainlyInside(history, stay)));
  if (crowd.count > threshold)
    violations.push({
      rule,
      detail: `${crowd.count} of ${threshold} were certainly inside at ${new Date(crowd.at).toISOString().slice(14, 23)}`,
    });
  return violations;
}

export interface Span {
  from: number;
  to: number;
}

/** From an answer until he left, was silent for too long or was told otherwise, or Redis forgot who has nothing to show. */
export function certainlyInside(history: History, { sightings, claims, leftAt = Infinity }: Stay): Span[] {
  const losses = claims ? [] : lossesOf(history);
  const spans: Span[] = [];
  for (const [index, { state, sentAt, endedAt }] of sightings.entries()) {
    if (state !== 'inside') continue;
    const next = sightings[index + 1];
    const loss = losses.find(({ to }) => to >= sentAt)?.from ?? Infinity;
    const told = next && next.state !== 'inside' ? next.sentAt : Infinity;
    const to = Math.min(sentAt + history.settings.ttlMs - MARGIN_MS, leftAt, told, loss);
    const last = spans.at(-1);
    if (last && endedAt <= last.to) last.to = Math.max(last.to, to);
    else if (to > endedAt) spans.push({ from: endedAt, to });
  }
  return spans;
}

export function mostAtOnce(spans: Span[]): { count: number; at: number } {
  const steps = spans.flatMap(({ from, to }) => [
    { at: from, change: 1 },
    { at: to, change: -1 },
  ]);
  // Whoever goes at the moment at which somebody comes goes first.
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  const most = { count: 0, at: 0 };
  let count = 0;
  for (const { at, change } of steps) {
    count += change;
    if (count > most.count) Object.assign(most, { count, at });
  }
  return most;
}

/** Whoever is inside and keeps contact stays inside, over a loss too where he has a pass to show. */
export function checkNobodyThrownOut(stays: Stay[]): Violation[] {
  return stays.flatMap(({ sightings }) =>
    sightings.flatMap((sighting, index) => {
      const before = sightings[index - 1];
      if (before?.state !== 'inside' || sighting.state === 'inside') return [];
      return [
        { rule: 'nobody inside is thrown out', detail: `${tell(before)} | and then: ${tell(sighting)}` },
      ];
    }),
  );
}

/** For how long after a fault places may stay empty: instances come back, and those whom a loss took stay counted until they speak. */
const REFILL_MS = 5_000;
const PERIOD_MS = 5_000;
const ENOUGH_ANSWERS = 10;

/** While people wait, every place inside is taken, but for the moments in between: somebody of a few seconds sees it so. */
export function checkPlacesFilled(history: History): Violation[] {
  const { ttlMs, reformMs, threshold } = history.settings;
  const losses = lossesOf(history);
  const excused = history.faults.map((fault) => ({
    from: fault.from,
    to: fault.to + REFILL_MS + (losses.includes(fault) ? ttlMs + reformMs : 0),
  }));
  const answers = history.contacts.filter(({ state }) => state === 'waiting');
  const periods = Map.groupBy(answers, ({ sentAt }) => Math.floor(sentAt / PERIOD_MS));
  return [...periods].flatMap(([period, some]) => {
    const [from, to] = [period * PERIOD_MS, (period + 1) * PERIOD_MS];
    if (some.length < ENOUGH_ANSWERS || excused.some((span) => from <= span.to && to >= span.from)) return [];
    const most = some.reduce((a, b) => ((b.currentUsers ?? 0) > (a.currentUsers ?? 0) ? b : a));
    if ((most.currentUsers ?? 0) >= threshold) return [];
    return [{ rule: 'free places are given to those who wait', detail: `at best: ${tell(most)}` }];
  });
}
