import { useEffect, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Loading } from '../../ui/loading.tsx';
import { Left } from './left.tsx';
import { type PriceClass, priceClasses } from './price-classes.ts';

/** Sections named in full. Their names are short, and a stadium has a hundred. */
const NAMED = 6;
/** Counting 50,000 seats takes 2 ms, and at an opening they change ten times a second. */
const COUNT_MS = 250;

const t = texts({
  ko: { title: '좌석 등급', sections: (names: string) => `${names} 구역`, more: (n: number) => `외 ${n}개` },
  en: { title: 'Seats', sections: (names) => `Section ${names}`, more: (n) => `and ${n} more` },
});

/** The price classes of a hall, and how many seats of each are free now. */
export function HallPrices({ eventId }: { eventId: string }) {
  const classes = usePriceClasses(eventId);
  return (
    <section class="stack">
      <h2>{t.value.title}</h2>
      {!classes && <Loading />}
      <ul class="offers">
        {classes?.map(({ price, sections, left, total }) => (
          <li key={price}>
            <div>
              <h3>
                {t.value.sections(sections.slice(0, NAMED).join(', '))}{' '}
                {sections.length > NAMED && t.value.more(sections.length - NAMED)}
              </h3>
              <p class="number">{won(price)}</p>
            </div>
            <Left unit="seat" left={left} total={total} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function usePriceClasses(eventId: string): PriceClass[] | undefined {
  const [classes, setClasses] = useState<PriceClass[]>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const count = () => {
      timer = undefined;
      setClasses(priceClasses(watch.seats));
    };
    const watch = tiketi().watchSeats(eventId, {
      onChange: ({ whole }) => {
        if (whole) count();
        else timer ??= setTimeout(count, COUNT_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      watch.close();
    };
  }, [eventId]);
  return classes;
}
