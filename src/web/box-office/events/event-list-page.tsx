import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';

const t = texts({ ko: { title: '공연' }, en: { title: 'Events' } });

export function EventListPage() {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().listEvents({ limit: 100 }, { signal }),
    [language.value],
  );
  useTitle(t.value.title);
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {!value && error === undefined && <Loading />}
      <ul class="stack">
        {value?.events.map(({ id, title, venue }) => (
          <li key={id} class="card">
            <a href={`/events/${id}`}>{title}</a>
            <p class="soft">{venue}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}
