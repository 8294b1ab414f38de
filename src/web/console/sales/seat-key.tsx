import { count } from '../../shared/format.ts';
import { SEAT_STATES, type SeatState } from './seat-states.ts';
import { stateTexts } from './state-texts.ts';

/** What the colors and shapes of the map mean, and how many seats look so. */
export function SeatKey({ counts }: { counts: Record<SeatState, number> }) {
  return (
    <dl class="seat-key">
      {SEAT_STATES.map((state) => (
        <div key={state} data-state={state}>
          <dt>{stateTexts.value[state]}</dt>
          <dd class="number">{count(counts[state])}</dd>
        </div>
      ))}
    </dl>
  );
}
