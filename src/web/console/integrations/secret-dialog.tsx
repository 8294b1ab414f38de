import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';

const t = texts({
  ko: {
    title: '서명 비밀 키',
    about: '지금 한 번만 보여 드려요. 받는 쪽에 안전하게 보관해 주세요.',
    label: '비밀 키',
    copy: '복사',
    copied: '복사했어요.',
    close: '보관했어요',
  },
  en: {
    title: 'Signing secret',
    about: 'It is shown this once. Keep it safe on the receiving side.',
    label: 'Secret',
    copy: 'Copy',
    copied: 'Copied.',
    close: 'I have kept it',
  },
});

export function SecretDialog({ secret, onClose }: { secret: string; onClose(): void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    say(t.value.copied);
  };
  return (
    <Dialog title={t.value.title} onClose={onClose}>
      <p>{t.value.about}</p>
      <Field label={t.value.label}>
        <input readOnly value={secret} onFocus={({ currentTarget }) => currentTarget.select()} />
      </Field>
      <div class="row">
        {/* Browsers have a clipboard on https and localhost only. */}
        {navigator.clipboard && <Button onClick={copy}>{t.value.copy}</Button>}
        <Button look="primary" onClick={onClose}>
          {t.value.close}
        </Button>
      </div>
    </Dialog>
  );
}
