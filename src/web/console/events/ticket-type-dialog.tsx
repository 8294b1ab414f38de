import { useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { Conflict } from '../forms/conflict.tsx';
import { changedFields, foreignChanges, merge } from '../forms/merge.ts';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import {
  draftOfTicketType,
  emptyTicketDraft,
  mistakesOfTicketType,
  type TicketDraft,
  type TicketField,
  type TicketType,
  valuesOfTicketType,
} from './ticket-type-draft.ts';
import { TicketTypeFields } from './ticket-type-fields.tsx';
import { ticketFields, ticketMistakes, ticketRules, ticketValueText } from './ticket-type-texts.ts';

const t = texts({
  ko: {
    create: '티켓 종류 만들기',
    change: '티켓 종류 저장',
    made: '티켓 종류를 만들었어요.',
    saved: '저장했어요.',
    claimed: (claimed: string) =>
      `지금까지 ${claimed}매가 팔렸거나 결제를 기다려요. 이미 산 티켓의 가격은 그대로예요.`,
  },
  en: {
    create: 'Create the ticket type',
    change: 'Save the ticket type',
    made: 'The ticket type is there.',
    saved: 'Saved.',
    claimed: (claimed) => `${claimed} are sold or held so far. What is bought keeps its price.`,
  },
});

interface TicketTypeDialogProps {
  event: PartProps['event'];
  /** Undefined for a new one. */
  type: TicketType | undefined;
  onDone(): void;
  onClose(): void;
}

interface Base {
  draft: TicketDraft;
  revision: number;
}

export function TicketTypeDialog({ event, type, onDone, onClose }: TicketTypeDialogProps) {
  const { id, timezone } = event;
  const baseOf = (type: TicketType): Base => ({
    draft: draftOfTicketType(type, timezone),
    revision: type.revision,
  });
  const [base, setBase] = useState<Base>(() =>
    type ? baseOf(type) : { draft: emptyTicketDraft, revision: 0 },
  );
  const [draft, setDraft] = useState(base.draft);
  const [conflict, setConflict] = useState<Base>();
  const [tried, setTried] = useState(false);
  const { busy, wrong, run, forgive } = useAction();
  const mistakes = mistakesOfTicketType(draft, timezone, type?.claimed_quantity);

  const problemOf = (name: TicketField) => {
    const mistake = tried ? mistakes[name] : undefined;
    if (mistake) return ticketMistakes.value[mistake];
    return name in wrong ? ticketRules.value[name] : undefined;
  };
  const submit = () => {
    setTried(true);
    if (Object.keys(mistakes).length > 0) return focusFirstWrong();
    if (type) return save(type, base, draft);
    const body = { id, ...valuesOfTicketType(draft, timezone) };
    return run(body, async (once) => {
      await tiketi().createTicketType(body, once);
      say(t.value.made);
      onDone();
    });
  };
  function save({ id: ticketTypeId }: TicketType, from: Base, draft: TicketDraft) {
    setConflict(undefined);
    setBase(from);
    setDraft(draft);
    if (changedFields(from.draft, draft).length === 0) return onDone();
    const body = { id, ticketTypeId, ...valuesOfTicketType(draft, timezone, from.draft) };
    return run(body, async () => {
      try {
        await tiketi().changeTicketType(body, { headers: { 'if-match': `"${from.revision}"` } });
        say(t.value.saved);
        onDone();
      } catch (error) {
        if (!(error instanceof TiketiError && error.code === 'PRECONDITION_FAILED')) throw error;
        setConflict(baseOf((await tiketi().getOrganizerTicketType({ id, ticketTypeId })).ticket_type));
      }
    });
  }
  if (type && conflict)
    return (
      <Conflict
        changes={foreignChanges(base.draft, draft, conflict.draft)}
        labelOf={(name) => ticketFields.value[name]}
        show={ticketValueText}
        onClose={() => setConflict(undefined)}
        onSave={(taken) => save(type, conflict, merge(base.draft, draft, conflict.draft, taken))}
      />
    );
  return (
    <Confirm title={type ? t.value.change : t.value.create} busy={busy} onConfirm={submit} onClose={onClose}>
      {type !== undefined && type.claimed_quantity > 0 && (
        <p class="soft">{t.value.claimed(count(type.claimed_quantity))}</p>
      )}
      <TicketTypeFields
        draft={draft}
        timezone={timezone}
        problemOf={problemOf}
        onChange={(next) => {
          setDraft(next);
          forgive();
        }}
      />
    </Confirm>
  );
}
