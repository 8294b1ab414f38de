import { CrowdPanel } from '../../crowd/crowd-panel.tsx';
import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';

const t = texts({ ko: { book: '예매하기' }, en: { book: 'Book' } });

export function EventPage({ id }: { id: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getEvent({ id }, { signal }),
    [id, language.value],
  );
  useTitle(value?.event.title);
  if (error !== undefined && !value) return <Failure error={error} retry={reload} />;
  if (!value) return <Loading />;
  return (
    <article class="stack">
      <h1>{value.event.title}</h1>
      <p>{value.event.description}</p>
      <LinkButton look="primary" href={`/events/${id}/book`}>
        {t.value.book}
      </LinkButton>
      <CrowdPanel eventId={id} />
    </article>
  );
}
