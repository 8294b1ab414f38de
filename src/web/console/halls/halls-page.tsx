import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { useTitle } from '../../shared/use-title.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import { everyHall, type Hall } from './every-hall.ts';
import { sectionsText } from './section-draft.ts';

const t = texts({
  ko: {
    title: '좌석 배치도',
    create: '새 배치도',
    nothing: '아직 배치도가 없어요.',
    seats: (seats: string) => `${seats}석`,
    bySeat: '좌석별',
    remove: '배치도 삭제',
    removeOf: (name: string) => `${name} 삭제`,
    removeHow: (name: string) => `‘${name}’을(를) 지울까요? 이벤트가 쓰고 있으면 지울 수 없어요.`,
    removed: '배치도를 지웠어요.',
    short: '삭제',
  },
  en: {
    title: 'Halls',
    create: 'New hall',
    nothing: 'There are no halls yet.',
    seats: (seats) => `${seats} seats`,
    bySeat: 'Seat by seat',
    remove: 'Delete the hall',
    removeOf: (name) => `Delete ${name}`,
    removeHow: (name) => `Delete “${name}”? This works while no event uses it.`,
    removed: 'The hall is deleted.',
    short: 'Delete',
  },
});

/** An administrator may change every hall, and an organizer those that they made. */
export function mayChange({ created_by }: Pick<Hall, 'created_by'>): boolean {
  return user.value?.role === 'admin' || created_by === user.value?.id;
}

export function HallsPage() {
  const { value: halls, error, reload } = useLoaded((signal) => everyHall(signal), []);
  const [removed, setRemoved] = useState<Hall>();
  const { busy, run } = useAction();
  useTitle(t.value.title);
  const remove = ({ id }: Hall) =>
    run({ remove: id }, async () => {
      await tiketi().deleteLayout({ id });
      say(t.value.removed);
      reload();
    }).finally(() => setRemoved(undefined));
  return (
    <div class="stack">
      <div class="row">
        <h1>{t.value.title}</h1>
        <span class="push-end">
          <LinkButton look="primary" href="/console/halls/new">
            {t.value.create}
          </LinkButton>
        </span>
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {halls === undefined && error === undefined && <Loading />}
      {halls?.length === 0 && <Notice>{t.value.nothing}</Notice>}
      {halls && halls.length > 0 && (
        <ul class="card event-rows">
          {halls.map((hall) => (
            <li key={hall.id} class="hall-row">
              <div>
                <h2>
                  <a href={`/console/halls/${hall.id}`}>{hall.name}</a>
                </h2>
                {hall.description && <p class="soft">{hall.description}</p>}
                <p class="soft small">{sectionsText(hall.layout_config.sections)}</p>
              </div>
              <div class="row">
                {hall.by_seat && <Badge>{t.value.bySeat}</Badge>}
                <span class="number">{t.value.seats(count(hall.total_seats))}</span>
                {mayChange(hall) && (
                  <Button
                    size="small"
                    look="plain"
                    aria-label={t.value.removeOf(hall.name)}
                    onClick={() => setRemoved(hall)}
                  >
                    {t.value.short}
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {removed && (
        <Confirm
          title={t.value.remove}
          danger
          busy={busy}
          onConfirm={() => remove(removed)}
          onClose={() => setRemoved(undefined)}
        >
          <p>{t.value.removeHow(removed.name)}</p>
        </Confirm>
      )}
    </div>
  );
}
