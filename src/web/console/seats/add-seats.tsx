import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import { HallPreview } from '../halls/hall-preview.tsx';
import {
  draftOfSection,
  EVENT_LIMITS,
  mistakesOfSections,
  nextSection,
  readSection,
  type SectionDraft,
  seatsOfSections,
} from '../halls/section-draft.ts';
import { SectionsTable } from '../halls/sections-table.tsx';
import { AddedSeatFields } from './added-seat-fields.tsx';
import { emptySeatDraft, mistakesOfSeats, readSeatDraft } from './added-seats.ts';
import type { EditorSeat } from './editor-seat.ts';

const t = texts({
  ko: {
    title: '좌석 추가',
    how: '추가 방법',
    sections: '구역으로',
    seats: '한 줄의 좌석',
    soon: '저장하면 바로 판매돼요.',
    done: (seats: string) => `${seats}석을 추가했어요.`,
  },
  en: {
    title: 'Add seats',
    how: 'How to add them',
    sections: 'By sections',
    seats: 'Seats of a row',
    soon: 'They are on sale at once.',
    done: (seats) => `Added ${seats} seats.`,
  },
});

interface AddSeatsProps {
  eventId: string;
  seats: readonly EditorSeat[];
  onDone(): void;
  onClose(): void;
}

/** Adds whole sections, or some seats of a row with what is special about them. */
export function AddSeats({ eventId, seats: known, onDone, onClose }: AddSeatsProps) {
  const [how, setHow] = useState<'sections' | 'seats'>('sections');
  const [sections, setSections] = useState<SectionDraft[]>(() => [behind(known)]);
  const [seats, setSeats] = useState(() => emptySeatDraft(known));
  const [tried, setTried] = useState(false);
  const { busy, run } = useAction();
  const ofSections = mistakesOfSections(sections, EVENT_LIMITS);
  const ofSeats = mistakesOfSeats(seats);

  const add = () => {
    setTried(true);
    if (Object.keys(how === 'sections' ? ofSections : ofSeats).length > 0) return focusFirstWrong();
    const body = {
      id: eventId,
      ...(how === 'sections' ? { sections: sections.map(readSection) } : { seats: readSeatDraft(seats) }),
    };
    return run(body, async (once) => {
      const { added } = await tiketi().addSections(body, once);
      say(t.value.done(count(added)));
      onDone();
    });
  };
  return (
    <Confirm title={t.value.title} busy={busy} onConfirm={add} onClose={onClose}>
      <p class="soft">{t.value.soon}</p>
      <fieldset class="row chips" aria-label={t.value.how}>
        {(['sections', 'seats'] as const).map((each) => (
          <label key={each} class="chip">
            <input type="radio" name="how" checked={each === how} onChange={() => setHow(each)} />
            {t.value[each]}
          </label>
        ))}
      </fieldset>
      {how === 'sections' ? (
        <>
          <SectionsTable sections={sections} mistakes={tried ? ofSections : {}} onChange={setSections} />
          <HallPreview seats={seatsOfSections(sections, EVENT_LIMITS)} />
        </>
      ) : (
        <AddedSeatFields draft={seats} mistakes={tried ? ofSeats : {}} onChange={setSeats} />
      )}
    </Confirm>
  );
}

/** A section behind all rows that the event has. */
function behind(known: readonly EditorSeat[]): SectionDraft {
  const last = known.reduce((most, seat) => Math.max(most, seat.row_number), 0);
  const section = { name: '', rows: 1, seatsPerRow: 10, startRow: last, price: known.at(-1)?.price ?? 0 };
  return { ...nextSection(draftOfSection(section)), rows: '2' };
}
