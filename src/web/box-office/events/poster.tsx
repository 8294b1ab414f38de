import { useState } from 'preact/hooks';
import type { EventSummary } from '../../shared/types.ts';
import { canShow } from '../poster-address.ts';
import { drawingOf } from './drawing.ts';

interface PosterProps {
  event: Pick<EventSummary, 'id' | 'title' | 'artist_name' | 'venue' | 'poster_image_url'>;
  /** On top of the page, so that it is worth loading at once. */
  isFirst?: boolean;
}

/** The poster of an event. The title stands beside it, so it says nothing to screen readers. */
export function Poster({ event, isFirst = false }: PosterProps) {
  const { poster_image_url: url } = event;
  const [broken, setBroken] = useState<string>();
  if (url === null || url === broken || !canShow(url)) return <DrawnPoster event={event} />;
  return (
    <img
      class="poster"
      src={url}
      alt=""
      width={600}
      height={800}
      loading={isFirst ? 'eager' : 'lazy'}
      decoding="async"
      onError={() => setBroken(url)}
    />
  );
}

/** In place of a poster, in the manner of the demo's: plain shapes above, the name below. */
function DrawnPoster({ event: { id, title, artist_name, venue } }: PosterProps) {
  const { palette, shapes } = drawingOf(id);
  return (
    <div class="poster drawn" data-palette={palette} aria-hidden="true">
      <svg viewBox="0 0 600 500" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
        {shapes.map(({ x, y, r, turn }, index) => (
          <path
            key={index}
            class={`shape-${index % 3}`}
            d={`M${-r} ${r}A${2 * r} ${2 * r} 0 0 1 ${r} ${-r}V${r}Z`}
            transform={`translate(${x} ${y}) rotate(${turn})`}
          />
        ))}
      </svg>
      <div class="letters">
        <p class="artist">{artist_name}</p>
        <p class="name">{title}</p>
        <p class="venue">{venue}</p>
      </div>
    </div>
  );
}
