import { useState } from 'preact/hooks';

/** A small poster beside the title, which says the same. Where it is missing, the first letter of the title. */
export function Poster({ url, title }: { url: string | null; title: string }) {
  const [isBroken, setBroken] = useState(false);
  if (url === null || isBroken)
    return (
      <span class="small-poster" aria-hidden="true">
        {title.replace(/[^\p{L}\p{N}]/gu, '').slice(0, 1)}
      </span>
    );
  return <img class="small-poster" src={url} alt="" loading="lazy" onError={() => setBroken(true)} />;
}
