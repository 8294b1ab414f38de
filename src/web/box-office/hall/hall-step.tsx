import type { EventDetail } from '../../shared/types.ts';

export function HallStep({ event }: { event: EventDetail }) {
  return (
    <section class="stack">
      <h1>{event.title}</h1>
    </section>
  );
}
