import { useState } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import type { ForeignChange } from './merge.ts';

const t = texts({
  ko: {
    title: '다른 사람이 먼저 저장했어요',
    same: '그 사이 바뀐 값은 없어요. 그대로 저장할 수 있어요.',
    taken: '아래 값도 함께 바뀌었어요.',
    choose: '같은 값을 둘 다 바꿨어요. 어느 쪽을 쓸까요?',
    theirs: '다른 사람',
    mine: '내 값',
    empty: '(비어 있음)',
    save: '이대로 저장',
    back: '계속 편집',
  },
  en: {
    title: 'Someone else saved first',
    same: 'No value differs. You can save yours as it is.',
    taken: 'These values changed as well.',
    choose: 'You both changed these values. Which one stays?',
    theirs: 'Theirs',
    mine: 'Mine',
    empty: '(empty)',
    save: 'Save this',
    back: 'Keep editing',
  },
});

interface ConflictProps<Name extends string> {
  changes: readonly ForeignChange<Name>[];
  labelOf(name: Name): string;
  /** A value as people read it. */
  show?: (name: Name, value: string) => string;
  /** @param taken the contested fields that become theirs */
  onSave(taken: ReadonlySet<string>): void;
  onClose(): void;
}

/** After a lost race: what the other has changed, and a choice for each value that both have changed. */
export function Conflict<Name extends string>({
  changes,
  labelOf,
  show = (_, value) => value,
  onSave,
  onClose,
}: ConflictProps<Name>) {
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const contested = changes.filter((change) => change.contested);
  const others = changes.filter((change) => !change.contested);
  const text = (name: Name, value: string) => (value === '' ? t.value.empty : show(name, value));
  const choose = (name: Name, theirs: boolean) => {
    const next = new Set(taken);
    if (theirs) next.add(name);
    else next.delete(name);
    setTaken(next);
  };
  return (
    <Dialog title={t.value.title} onClose={onClose}>
      {changes.length === 0 && <p>{t.value.same}</p>}
      {contested.length > 0 && <p>{t.value.choose}</p>}
      {contested.map(({ name, theirs, mine }) => (
        <fieldset key={name} class="stack choice">
          <legend>{labelOf(name)}</legend>
          <label class="check">
            <input type="radio" name={name} checked={!taken.has(name)} onChange={() => choose(name, false)} />
            <span>
              <span class="soft">{t.value.mine}</span> {text(name, mine)}
            </span>
          </label>
          <label class="check">
            <input type="radio" name={name} checked={taken.has(name)} onChange={() => choose(name, true)} />
            <span>
              <span class="soft">{t.value.theirs}</span> {text(name, theirs)}
            </span>
          </label>
        </fieldset>
      ))}
      {others.length > 0 && (
        <>
          <p>{t.value.taken}</p>
          <dl class="facts">
            {others.map(({ name, theirs }) => (
              <div key={name}>
                <dt>{labelOf(name)}</dt>
                <dd>{text(name, theirs)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <div class="row">
        <Button look="primary" onClick={() => onSave(taken)}>
          {t.value.save}
        </Button>
        <Button onClick={onClose}>{t.value.back}</Button>
      </div>
    </Dialog>
  );
}
