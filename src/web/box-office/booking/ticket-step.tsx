import type { EventDetail, TicketType } from '../../shared/types.ts';

interface TicketStepProps {
  event: EventDetail;
  ticketTypes: readonly TicketType[];
}

export function TicketStep({ event, ticketTypes }: TicketStepProps) {
  return (
    <section class="stack">
      <h1>{event.title}</h1>
      <ul>
        {ticketTypes.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
    </section>
  );
}
