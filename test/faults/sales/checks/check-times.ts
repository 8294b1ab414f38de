import type { FaultWindow, Violation } from '../../harness/findings.ts';
import type { Attempt, Evidence, GrantedBody } from '../evidence.ts';
import { isGrant, wishOf } from './check-answers.ts';

type Sale = Attempt & { granted: GrantedBody };

/** The time after a fault within which every instance sells again. */
export const SELLS_WITHIN_MS = 5_000;

/** Checks times: errors only during a fault, sales on every instance soon after it, and no seat granted again before it could be free. */
export function checkTimes({ history, windows }: Evidence, graceMs: number): Violation[] {
  const violations: Violation[] = [];
  for (const attempt of history) {
    const { status, code, operation, instance, sentAt } = attempt;
    const what = `${operation} to instance ${instance} at ${new Date(sentAt).toISOString()}: ${status ?? 'no answer'} ${code ?? ''}`;
    const during = windows.filter((window) => overlaps(attempt, window, graceMs));
    if (status !== null && status >= 500 && status !== 503) {
      violations.push({ rule: '503 is the only 5xx answer', detail: what });
    } else if (status === 503 && !during.some((window) => mayRefuse(window, attempt, graceMs))) {
      violations.push({ rule: 'no 5xx outside a fault', detail: what });
    } else if (
      status === null &&
      !attempt.dropped &&
      !during.some(({ breaks }) => breaks.includes(instance))
    ) {
      violations.push({ rule: 'no connection breaks outside a fault', detail: what });
    }
  }
  return [...violations, ...checkRecovery(history, windows), ...checkSeats(history)];
}

/** Without this rule, an instance that refuses everything, or leaves it unanswered, would pass for well. */
function checkRecovery(history: Attempt[], windows: FaultWindow[]): Violation[] {
  const instances = [...new Set(history.map(({ instance }) => instance))];
  const sales = salesOf(history);
  const sellsAgain = (which: number, { to }: FaultWindow) =>
    sales.some(
      ({ instance, sentAt, endedAt }) =>
        instance === which && sentAt >= to && endedAt <= to + SELLS_WITHIN_MS,
    );
  return windows.flatMap((window) =>
    instances
      .filter((instance) => !sellsAgain(instance, window))
      .map((instance) => ({
        rule: 'every instance sells again soon after a fault',
        detail: `instance ${instance}, after: ${window.name}`,
      })),
  );
}

/** The first answer of each sale, without those that repeat it. */
export function salesOf(history: Attempt[]): Sale[] {
  const firsts = new Map<string, Sale>();
  for (const attempt of history) {
    const { status, granted } = attempt;
    if (status === 201 && granted && !firsts.has(granted.id)) firsts.set(granted.id, { ...attempt, granted });
  }
  return [...firsts.values()];
}

function mayRefuse(window: FaultWindow, attempt: Attempt, graceMs: number): boolean {
  const { unavailable, lockedUntil } = window;
  if (unavailable || lockedUntil === undefined) return unavailable;
  return overlaps(attempt, { ...window, to: lockedUntil }, graceMs);
}

export function overlaps({ sentAt, endedAt }: Attempt, { from, to }: FaultWindow, graceMs: number): boolean {
  return endedAt >= from && sentAt <= to + graceMs;
}

interface Grant {
  id: string;
  seats: string[];
  askedAt: number;
  answeredAt: number;
  /** The earliest time at which it can be free again. */
  freeFrom: number;
}

/** Of two grants of one seat, one must have ended before the other was made. */
function checkSeats(history: Attempt[]): Violation[] {
  const violations: Violation[] = [];
  const bySeat = new Map<string, Grant[]>();
  for (const grant of grantsOf(history)) {
    for (const seat of grant.seats) {
      const others = bySeat.get(seat) ?? [];
      for (const other of others) {
        if (other.id !== grant.id && !mayFollow(other, grant) && !mayFollow(grant, other)) {
          violations.push({
            rule: 'a seat is granted again only when it is free',
            detail: `seat ${seat}: ${other.id} and ${grant.id}`,
          });
        }
      }
      bySeat.set(seat, [...others, grant]);
    }
  }
  return violations;
}

function mayFollow(first: Grant, second: Grant): boolean {
  return first.askedAt <= second.answeredAt && first.freeFrom <= second.answeredAt;
}

function grantsOf(history: Attempt[]): Grant[] {
  const firstTry = new Map<string, number>();
  const cancelSent = new Map<string, number>();
  const paid = new Map<string, number>();
  const earliest = (map: Map<string, number>, key: string, at: number) =>
    map.set(key, Math.min(map.get(key) ?? at, at));
  for (const attempt of history) {
    const { operation, reservationId = '', status, sentAt, endedAt } = attempt;
    if (isGrant(attempt)) earliest(firstTry, wishOf(attempt), sentAt);
    if (operation === 'cancel') earliest(cancelSent, reservationId, sentAt);
    if (operation === 'confirm' && status === 200) earliest(paid, reservationId, endedAt);
  }
  const grants = new Map<string, Grant>();
  for (const attempt of history) {
    const { granted, endedAt, status } = attempt;
    if (status !== 201 || !granted) continue;
    const known = grants.get(granted.id);
    const expiresAt = Date.parse(granted.expiresAt);
    // A hold paid in time doesn't expire.
    const expires =
      (paid.get(granted.id) ?? Number.POSITIVE_INFINITY) < expiresAt ? Number.POSITIVE_INFINITY : expiresAt;
    grants.set(granted.id, {
      id: granted.id,
      seats: (granted.seats ?? []).map(({ id }) => id),
      askedAt: firstTry.get(wishOf(attempt)) ?? attempt.sentAt,
      answeredAt: Math.min(known?.answeredAt ?? endedAt, endedAt),
      freeFrom: Math.min(cancelSent.get(granted.id) ?? Number.POSITIVE_INFINITY, expires),
    });
  }
  return [...grants.values()];
}
