import type { Violation } from '../../harness/findings.ts';

import type { History } from '../history.ts';
import { lossesOf, MARGIN_MS, type Stay, tell } from './stays.ts';

/** No answer counts more people inside than the threshold, and no more are certainly inside. */
export function checkThreshold(history: History, stays: Stay[]): Violation[] {
  const rule = 'the threshold is never passed';
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

/** From an answer until the buyer left, was silent for too long or got another answer, or until Redis lost a buyer without proofs. */
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
  // At one moment, departures come before arrivals.
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  const most = { count: 0, at: 0 };
  let count = 0;
  for (const { at, change } of steps) {
    count += change;
    if (count > most.count) Object.assign(most, { count, at });
  }
  return most;
}

/** A buyer inside who keeps contact stays inside, and with a pass to show also over a loss. */
export function checkStaysInside(stays: Stay[]): Violation[] {
  return stays.flatMap(({ sightings }) =>
    sightings.flatMap((sighting, index) => {
      const before = sightings[index - 1];
      if (before?.state !== 'inside' || sighting.state === 'inside') return [];
      return [
        { rule: 'a person inside stays inside', detail: `${tell(before)} | and then: ${tell(sighting)}` },
      ];
    }),
  );
}

/** How long places may stay empty after a fault: instances come back, and people lost with Redis stay counted until they make contact. */
const REFILL_MS = 5_000;
const PERIOD_MS = 5_000;
const ENOUGH_ANSWERS = 10;

/** While people wait, every place inside is taken but for moments: within a few seconds at least one answer sees them all taken. */
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
    return [{ rule: 'free places go to the people who wait', detail: `at best: ${tell(most)}` }];
  });
}
