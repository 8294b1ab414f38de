import { Poster } from '../events/poster.tsx';
import type { ReservationSummary } from './state.ts';

type Facts = Pick<ReservationSummary, 'event_id' | 'event_title' | 'venue' | 'poster_image_url'>;

export function SmallPoster({ of: { event_id, event_title, venue, poster_image_url } }: { of: Facts }) {
  return (
    <div class="small-poster">
      <Poster event={{ id: event_id, title: event_title, artist_name: null, venue, poster_image_url }} />
    </div>
  );
}
