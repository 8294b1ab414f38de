import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Button } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { say } from '../../ui/messages.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { TicketTypeDialog } from './ticket-type-dialog.tsx';
import { moves, type TicketType } from './ticket-type-draft.ts';
import { TicketTypeRow } from './ticket-type-row.tsx';

const t = texts({
  ko: {
    title: '티켓 종류',
    create: '새 티켓 종류',
    nothing: '좌석 번호 없이 파는 티켓은 여기에서 만들어요. 스탠딩이나 자유석 같은 것들이에요.',
    moved: (name: string) => `${name}의 순서를 바꿨어요.`,
    remove: '티켓 종류 삭제',
    removeHow: (name: string) => `‘${name}’을(를) 지울까요? 되돌릴 수 없어요.`,
    removed: '티켓 종류를 지웠어요.',
    shown: (types: string) => `티켓 종류 ${types}개`,
  },
  en: {
    title: 'Ticket types',
    create: 'New ticket type',
    nothing: 'Tickets without a seat number are made here, such as standing places.',
    moved: (name) => `${name} has moved.`,
    remove: 'Delete the ticket type',
    removeHow: (name) => `Delete “${name}”? This cannot be undone.`,
    removed: 'The ticket type is deleted.',
    shown: (types) => `${types} ticket types`,
  },
});

/** The ticket types of an event with their stock: created, changed also while they sell, put in order, deleted. */
export function TicketTypes({ event, reload: reloadEvent }: PartProps) {
  const { id } = event;
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().listOrganizerTicketTypes({ id }, { signal }),
    [id],
  );
  const [edited, setEdited] = useState<TicketType | 'new'>();
  const [removed, setRemoved] = useState<TicketType>();
  const { busy, run } = useAction();
  const types = value?.ticket_types;

  const refresh = () => {
    reload();
    reloadEvent();
  };
  const move = (type: TicketType, by: -1 | 1) =>
    run({ move: [type.id, by, types] }, async () => {
      // One after the other: a lost race leaves an order that is shown, and can be mended.
      try {
        for (const { type: each, position } of moves(types ?? [], type.id, by))
          await tiketi().changeTicketType(
            { id, ticketTypeId: each.id, position },
            { headers: { 'if-match': `"${each.revision}"` } },
          );
        say(t.value.moved(type.name));
      } finally {
        reload();
      }
    });
  const remove = (type: TicketType) =>
    run({ remove: type.id }, async () => {
      await tiketi().deleteTicketType({ id, ticketTypeId: type.id });
      say(t.value.removed);
    }).finally(() => {
      setRemoved(undefined);
      refresh();
    });
  if (!types) return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />;
  return (
    <div class="stack">
      <div class="row">
        <h2>{t.value.title}</h2>
        <span class="push-end">
          <Button look="primary" onClick={() => setEdited('new')}>
            {t.value.create}
          </Button>
        </span>
      </div>
      {types.length === 0 ? (
        <Notice>{t.value.nothing}</Notice>
      ) : (
        <ul class="card event-rows" aria-label={t.value.shown(count(types.length))}>
          {types.map((type, index) => (
            <TicketTypeRow
              key={type.id}
              type={type}
              timezone={event.timezone}
              busy={busy}
              onEdit={() => setEdited(type)}
              onRemove={() => setRemoved(type)}
              onUp={index > 0 ? () => move(type, -1) : undefined}
              onDown={index < types.length - 1 ? () => move(type, 1) : undefined}
            />
          ))}
        </ul>
      )}
      {edited && (
        <TicketTypeDialog
          event={event}
          type={edited === 'new' ? undefined : edited}
          onDone={() => {
            setEdited(undefined);
            refresh();
          }}
          onClose={() => setEdited(undefined)}
        />
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
