import { useEffect, useMemo, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { useLive } from '../live/live.ts';
import type { PartProps } from '../part-props.ts';
import { salesLive } from '../sales/sales-live.ts';
import { useLiveSeats } from '../sales/use-live-seats.ts';
import { AddSeats } from './add-seats.tsx';
import { BlockList } from './block-list.tsx';
import { countStates, type EditorSeat, layLive, readSeats } from './editor-seat.ts';
import { SeatActions } from './seat-actions.tsx';
import { SeatPicker } from './seat-picker.tsx';
import { SeatsMap } from './seats-map.tsx';
import { SectionList } from './section-list.tsx';
import { type Selection, toggle } from './selection.ts';

const t = texts({
  ko: {
    title: '좌석 편집',
    draft: '아직 좌석이 없어요. 설정에서 배치도를 고르고 공개하면 만들어져요.',
    none: '이 이벤트는 좌석 없이 티켓 종류로만 팔아요.',
    settings: '설정으로',
    how: '‘영역 선택’을 켜거나 Shift를 누른 채 끌어서 고르고, 좌석을 눌러 하나씩 고르세요.',
    refresh: '새로고침',
    add: '좌석 추가',
  },
  en: {
    title: 'Edit seats',
    draft: 'There are no seats yet. Choose a hall in the settings: publishing makes them.',
    none: 'This event has no seats. It sells by ticket type alone.',
    settings: 'To the settings',
    how: 'Mark an area by dragging with Shift, or with the button of the map. A press chooses a single seat.',
    refresh: 'Refresh',
    add: 'Add seats',
  },
});

/** The seats of an event: blocked and unblocked, priced, added and removed, also while it sells. */
export function SeatEditor({ event, reload: reloadEvent }: PartProps) {
  const { id, seat_count, stored_status, seat_layout_id } = event;
  const isDraft = stored_status === 'draft';
  const { value, error, reload } = useLoaded((signal) => loadSeats(id, isDraft, signal), [id, isDraft]);
  const [selection, setSelection] = useState<Selection>(new Set());
  const [shown, setShown] = useState<EditorSeat[]>();
  const [isAdding, setIsAdding] = useState(false);
  const live = useLiveSeats(isDraft ? undefined : id);
  const seats = useMemo(() => value && layLive(value.seats, live.seats ?? []), [value, live.seats]);
  // Blocks, and seats that are added or removed elsewhere, are no news of the live seats.
  const { blocked, total } = useLive(salesLive(id)).value?.seats ?? {};
  useEffect(() => {
    if (!value || total === undefined) return;
    if (total !== value.seats.length || blocked !== countStates(value.seats).blocked) reload();
  }, [blocked, total]);
  const selected = useMemo(() => seats?.filter((seat) => selection.has(seat.id)) ?? [], [seats, selection]);

  const refresh = () => {
    reload();
    reloadEvent();
  };
  const select = (chosen: readonly EditorSeat[]) =>
    setSelection((last) =>
      toggle(
        last,
        chosen.map((seat) => seat.id),
      ),
    );
  const choose = (chosen: EditorSeat[]) => {
    setSelection(new Set(chosen.map((seat) => seat.id)));
    setShown(chosen);
  };
  if (seat_count === 0 && (isDraft || seat_layout_id === null))
    return (
      <Notice>
        <p>{isDraft ? t.value.draft : t.value.none}</p>
        <div>
          <LinkButton size="small" href={`/console/events/${id}/settings`}>
            {t.value.settings}
          </LinkButton>
        </div>
      </Notice>
    );
  if (!value || !seats) return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />;
  return (
    <div class="stack">
      <div class="row">
        <h2>{t.value.title}</h2>
        <span class="row push-end">
          <Button size="small" onClick={refresh}>
            {t.value.refresh}
          </Button>
          <Button size="small" onClick={() => setIsAdding(true)}>
            {t.value.add}
          </Button>
        </span>
      </div>
      <div class="seat-editor">
        <div class="stack">
          <SeatsMap seats={seats} selection={selection} show={shown} onSelect={select} />
          <p class="soft small">{t.value.how}</p>
        </div>
        <div class="stack">
          <SeatActions
            event={event}
            seats={seats}
            selected={selected}
            layout={value.layout}
            onClear={() => setSelection(new Set())}
            onDone={refresh}
          />
          <SeatPicker
            seats={seats}
            onPick={(picked) => {
              setSelection((last) => new Set([...last, ...picked.map((seat) => seat.id)]));
              setShown(picked);
            }}
          />
          <BlockList event={event} seats={seats} onShow={choose} onDone={refresh} />
          <SectionList event={event} seats={seats} onShow={choose} onDone={refresh} />
        </div>
      </div>
      {isAdding && (
        <AddSeats
          eventId={id}
          seats={seats}
          onDone={() => {
            setIsAdding(false);
            refresh();
          }}
          onClose={() => setIsAdding(false)}
        />
      )}
    </div>
  );
}

/** A draft is not public, so that its places are not known here: its map is arranged by sections. */
async function loadSeats(id: string, isDraft: boolean, signal: AbortSignal) {
  const [columns, places] = await Promise.all([
    tiketi().listOrganizerSeats({ id }, { signal }),
    isDraft ? undefined : tiketi().getSeatLayout({ eventId: id }, { signal }),
  ]);
  return { seats: readSeats(columns, places), layout: columns.layout };
}
