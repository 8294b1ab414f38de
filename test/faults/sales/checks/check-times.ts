import type { FaultWindow, Violation } from '../../harness/findings.ts';
import type { Attempt, Evidence } from '../evidence.ts';
import { isGrant, wishOf } from './check-answers.ts';

/** Checks times: errors only during a fault, and no seat granted again before it could be free. */
export function checkTimes({ history, windows }: Evidence, graceMs: number): Violation[] {
  const violations: Violation[] = [];
  for (const attempt of history) {
    const { status, code, operation, instance, sentAt } = attempt;
    const what = `${operation} to instance ${instance} at ${new Date(sentAt).toISOString()}: ${status ?? 'no answer'} ${code ?? ''}`;
    const during = windows.filter((window) => overlaps(attempt, window, graceMs));
    if (status !== null && status >= 500 && status !== 503) {
      violations.push({ rule: '503 is the only 5xx answer', detail: what });
    } else if (status === 503 && !during.some(({ unavailable }) => unavailable)) {
      violations.push({ rule: 'no 5xx outside a fault', detail: what });
    } else if (
      status === null &&
      !attempt.dropped &&
      !during.some(({ breaks }) => breaks.includes(instance))
    ) {
      violations.push({ rule: 'no connection breaks outside a fault', detail: what });
    }
  }
  return [...violations, ...checkSeats(history)];
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
