import { useLocation } from 'preact-iso';
import { tiketi } from '../../shared/api.ts';
import { language, texts } from '../../shared/language.ts';
import { usePages } from '../../shared/use-pages.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Field } from '../../ui/field.tsx';
import { PageEnd } from '../../ui/page-end.tsx';
import { AuditEntry } from './audit-entry.tsx';

/** The beginnings of actions: what an entry is about. */
const SUBJECTS = [
  'event',
  'ticket_type',
  'layout',
  'seats',
  'seat_block',
  'reservation',
  'queue',
  'webhook',
] as const;
type Subject = (typeof SUBJECTS)[number];

const t = texts<
  { title: string; about: string; subject: string; all: string; empty: string } & Record<Subject, string>
>({
  ko: {
    title: '감사 기록',
    about: '누가 언제 무엇을 바꿨는지 남아 있어요. 고치거나 지울 수 없습니다.',
    subject: '대상',
    all: '전체',
    empty: '조건에 맞는 기록이 없어요.',
    event: '이벤트',
    ticket_type: '티켓 종류',
    layout: '좌석 배치도',
    seats: '좌석',
    seat_block: '좌석 판매 보류',
    reservation: '예매',
    queue: '대기열',
    webhook: '웹훅',
  },
  en: {
    title: 'Audit log',
    about: 'Who changed what, and when. Entries can be neither changed nor deleted.',
    subject: 'About',
    all: 'Everything',
    empty: 'No entry matches.',
    event: 'Events',
    ticket_type: 'Ticket types',
    layout: 'Halls',
    seats: 'Seats',
    seat_block: 'Blocks',
    reservation: 'Reservations',
    queue: 'Waiting rooms',
    webhook: 'Webhooks',
  },
});

/** The address keeps what is looked for: `?about=queue&event=…`. */
export function AuditPage() {
  const { query, route } = useLocation();
  const subject = SUBJECTS.find((each) => each === query.about);
  const { event } = query;
  useTitle(t.value.title);
  const pages = usePages(
    async (cursor, signal) => {
      const filter = { ...(subject && { action: `${subject}.` }), ...(event && { event_id: event }) };
      const page = await tiketi().listAuditLog(
        { ...filter, ...(cursor && { cursor }), limit: 50 },
        { signal },
      );
      return { items: page.entries, nextCursor: page.nextCursor };
    },
    [subject, event, language.value],
  );
  const open = (chosen: string) => {
    const search = new URLSearchParams({ ...(chosen && { about: chosen }), ...(event && { event }) });
    route(`/console/audit${search.size > 0 ? `?${search}` : ''}`, true);
  };
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <p class="soft">{t.value.about}</p>
      <Field label={t.value.subject}>
        <select value={subject ?? ''} onChange={({ currentTarget }) => open(currentTarget.value)}>
          <option value="">{t.value.all}</option>
          {SUBJECTS.map((each) => (
            <option key={each} value={each}>
              {t.value[each]}
            </option>
          ))}
        </select>
      </Field>
      {pages.items && pages.items.length > 0 && (
        <ol class="card log">
          {pages.items.map((entry) => (
            <AuditEntry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      <PageEnd pages={pages} empty={t.value.empty} />
    </div>
  );
}
