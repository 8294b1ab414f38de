import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { texts } from '../../shared/language.ts';
import { addressOf, type ListView, PAGE, STATUSES } from './list-address.ts';
import { statusTexts } from './status-badge.tsx';

const TYPING_MS = 150;

const t = texts({
  ko: { search: '공연 검색', hint: '공연, 아티스트, 장소 (초성도 돼요)', all: '전체', status: '예매 상태' },
  en: { search: 'Search events', hint: 'Event, artist or venue', all: 'All', status: 'Status' },
});

/** Changes the address, and so the list, while the buyer types. */
export function EventSearch({ view }: { view: ListView }) {
  const { route } = useLocation();
  const [text, setText] = useState(view.q);
  /** What the buyer typed last. Any other query in the address comes from a link or the back button. */
  const typed = useRef(view.q);
  const wanted = text.trim();

  useEffect(() => {
    if (view.q !== typed.current) setText(view.q);
    typed.current = view.q;
  }, [view.q]);

  useEffect(() => {
    if (wanted === view.q) return;
    const timer = setTimeout(() => {
      typed.current = wanted;
      // Each letter replaces the one before it: the back button leaves the search.
      route(addressOf({ ...view, q: wanted, show: PAGE }), true);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [wanted]);

  const filters = [undefined, ...STATUSES];
  return (
    <div class="event-search">
      <search>
        <input
          type="search"
          aria-label={t.value.search}
          placeholder={t.value.hint}
          value={text}
          maxLength={100}
          autocomplete="off"
          enterkeyhint="search"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </search>
      <nav aria-label={t.value.status}>
        <ul class="row">
          {filters.map((status) => (
            <li key={status}>
              <a
                class="chip"
                href={addressOf({ q: view.q, status, show: PAGE })}
                aria-current={status === view.status ? 'true' : undefined}
              >
                {status ? statusTexts.value[status] : t.value.all}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}
