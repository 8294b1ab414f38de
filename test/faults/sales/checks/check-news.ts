import type { FaultWindow, Violation } from '../../harness/findings.ts';
import type { Evidence } from '../evidence.ts';
import { wishOf } from './check-answers.ts';
import { SELLS_WITHIN_MS, salesOf } from './check-times.ts';

/** Changes of a few ms go out together, and a busy machine takes its time. */
export const HEARD_WITHIN_MS = 2_000;

/** A sale that no fault touches is heard on every instance, whichever made it. */
export function checkNews({ history, windows, news, presences }: Evidence): Violation[] {
  const wishes = Map.groupBy(history, wishOf);
  const newsOf = Map.groupBy(news, ({ seatId }) => seatId);
  const presencesOn = Map.groupBy(presences, ({ instance }) => instance);
  return salesOf(history).flatMap((sale) => {
    // A lost answer may have been the first.
    const since = Math.min(...(wishes.get(wishOf(sale)) ?? []).map(({ sentAt }) => sentAt));
    const until = sale.endedAt + HEARD_WITHIN_MS;
    if (windows.some((window) => touches(window, since, until))) return [];
    const listening = [...presencesOn].filter(([, own]) =>
      own.some(({ from, to }) => from <= since && to >= until),
    );
    return (sale.granted.seats ?? []).flatMap(({ id }) => {
      const heard = (newsOf.get(id) ?? []).filter(({ at }) => at >= since && at <= until);
      return listening
        .filter(([on]) => !heard.some(({ instance }) => instance === on))
        .map(([on]) => ({
          rule: 'a sale is heard on every instance',
          detail: `seat ${id}, sold by instance ${sale.instance} at ${new Date(sale.endedAt).toISOString()}, on instance ${on}`,
        }));
    });
  });
}

function touches({ from, to }: FaultWindow, since: number, until: number): boolean {
  return until >= from && since <= to + SELLS_WITHIN_MS;
}
