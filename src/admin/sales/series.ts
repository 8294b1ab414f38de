import { sql } from 'kysely';
import type { SalesSeries } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';

export type Step = SalesSeries['by'];

const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** Without `from`. */
const USUAL_STEPS = { minute: 60, hour: 24, day: 30 } as const;
/** A day by minute, two months by hour, four years by day. */
const MAX_STEPS = 1_500;

export interface Period {
  from: string;
  to: string;
}

/** @throws Problem VALIDATION_FAILED for a period that has no length, or too many steps */
export function periodOf(by: Step, from: string | undefined, to: string | undefined): Period {
  const end = to === undefined ? Date.now() : Date.parse(to);
  const begin = from === undefined ? end - USUAL_STEPS[by] * STEP_MS[by] : Date.parse(from);
  const steps = (end - begin) / STEP_MS[by];
  if (!(steps > 0 && steps <= MAX_STEPS)) {
    const message = `must be a time before \`to\`, by at most ${MAX_STEPS} steps`;
    throw new Problem('VALIDATION_FAILED', { details: [{ path: 'querystring/from', message }] });
  }
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

/** What was sold and cancelled in each step of the period. Hours and days begin as in the event's time zone. */
export async function getSalesSeries(
  db: Db,
  eventId: string,
  by: Step,
  { from, to }: Period,
): Promise<SalesSeries> {
  const { rows } = await sql<{ timezone: string; steps: SalesSeries['steps'] }>`
    WITH place AS (
      SELECT timezone FROM events WHERE id = ${eventId}
    ), sold AS (
      SELECT date_trunc(${by}::text, r.confirmed_at, (SELECT timezone FROM place)) AS at,
        count(DISTINCT r.id) AS reservations,
        count(i.seat_id) FILTER (WHERE i.cancelled_unpaid = 0) AS seats,
        coalesce(sum(i.quantity - i.cancelled_unpaid) FILTER (WHERE i.ticket_type_id IS NOT NULL), 0)::bigint AS tickets,
        coalesce(sum((i.quantity - i.cancelled_unpaid) * i.unit_price::bigint), 0)::bigint AS revenue
      FROM reservations r JOIN reservation_items i ON i.reservation_id = r.id
      WHERE r.event_id = ${eventId} AND r.confirmed_at >= ${from} AND r.confirmed_at < ${to}
      GROUP BY 1
    ), cancelled AS (
      SELECT date_trunc(${by}::text, f.due_at, (SELECT timezone FROM place)) AS at,
        count(*) AS cancelled, sum(f.amount)::bigint AS cancelled_amount
      FROM reservations r JOIN refunds f ON f.reservation_id = r.id
      WHERE r.event_id = ${eventId} AND (r.confirmed_at IS NOT NULL OR r.status = 'confirmed')
        AND f.reason IN ('cancelled', 'cancelled_in_part', 'event_cancelled')
        AND f.due_at >= ${from} AND f.due_at < ${to}
      GROUP BY 1
    ), step AS (
      SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
        coalesce(reservations, 0) AS reservations, coalesce(seats, 0) AS seats, coalesce(tickets, 0) AS tickets,
        coalesce(revenue, 0) AS revenue, coalesce(cancelled, 0) AS cancelled,
        coalesce(cancelled_amount, 0) AS cancelled_amount
      FROM sold FULL JOIN cancelled USING (at) ORDER BY 1
    )
    SELECT timezone, (SELECT coalesce(json_agg(step), '[]') FROM step) AS steps FROM place`.execute(db);
  const [{ timezone, steps }] = rows as [(typeof rows)[0]];
  return { event_id: eventId, by, timezone, from, to, steps };
}
