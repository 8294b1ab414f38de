import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { takeTurns } from './take-turns.ts';

const t = texts({
  ko: { sold: (sold: string, total: string) => `${total}매 중 ${sold}매 판매` },
  en: { sold: (sold, total) => `${sold} of ${total} sold` },
});

/** An overview counts every seat of an event, so a list asks for a few at a time. */
const inTurns = takeTurns(3);

/** What an event has sold, at a glance. The list is whole without it. */
export function Sold({ eventId }: { eventId: string }) {
  const { value } = useLoaded(
    (signal) => inTurns(() => tiketi().getSalesOverview({ id: eventId }, { signal })),
    [eventId],
  );
  if (!value) return <p class="sold small">&nbsp;</p>;
  const sold = value.seats.sold + value.tickets.sold;
  const total = value.seats.total + value.tickets.total;
  return (
    <div class="sold">
      <p class="small number">{t.value.sold(count(sold), count(total))}</p>
      <meter
        min={0}
        max={Math.max(1, total)}
        value={sold}
        aria-label={t.value.sold(count(sold), count(total))}
      />
    </div>
  );
}
