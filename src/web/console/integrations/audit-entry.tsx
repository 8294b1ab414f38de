import { dateText, ownTimezone } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Answer } from '../../shared/types.ts';
import { Badge } from '../../ui/badge.tsx';

type Entry = Answer<'listAuditLog'>['entries'][number];
type Values = Entry['before'];

const t = texts({
  ko: {
    by: (role: string, id: string) => `${role} ${id}`,
    roles: { admin: '관리자', organizer: '주최자', service: '서비스', user: '구매자', system: '자동' },
    event: '이벤트 보기',
    field: '항목',
    before: '이전',
    after: '이후',
    none: '–',
    request: '요청',
  },
  en: {
    by: (role, id) => `${role} ${id}`,
    roles: {
      admin: 'Administrator',
      organizer: 'Organizer',
      service: 'Service',
      user: 'Buyer',
      system: 'By itself',
    },
    event: 'See the event',
    field: 'Field',
    before: 'Before',
    after: 'After',
    none: '–',
    request: 'Request',
  },
});

/** One act of a user. It opens to show the fields before and after. */
export function AuditEntry({ entry }: { entry: Entry }) {
  const { happened_at, actor_id, actor_role, action, event_id, reason, before, after, request_id } = entry;
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <li>
      <details>
        <summary class="row">
          <time class="number soft" dateTime={happened_at}>
            {dateText(happened_at, ownTimezone)} · {dateText(happened_at, ownTimezone, 'second')}
          </time>
          <strong>{action}</strong>
          <Badge>
            {actor_id
              ? t.value.by(t.value.roles[actor_role], actor_id.slice(0, 8))
              : t.value.roles[actor_role]}
          </Badge>
          {reason && <span>{reason}</span>}
        </summary>
        <div class="stack changes">
          {fields.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.value.field}</th>
                  <th scope="col">{t.value.before}</th>
                  <th scope="col">{t.value.after}</th>
                </tr>
              </thead>
              <tbody>
                {fields.map((name) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{shownValue(before, name)}</td>
                    <td>{shownValue(after, name)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <p class="row soft">
            {event_id && <a href={`/console/events/${event_id}`}>{t.value.event}</a>}
            {request_id && (
              <span>
                {t.value.request} {request_id}
              </span>
            )}
          </p>
        </div>
      </details>
    </li>
  );
}

function shownValue(values: Values, name: string): string {
  const value = values?.[name];
  if (value === undefined || value === null) return t.value.none;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
