import type { ComponentChildren } from 'preact';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

const t = texts({ ko: { back: '닫기' }, en: { back: 'Close' } });

interface ConfirmProps {
  /** Also the text of the button: it says what will be done. */
  title: string;
  danger?: boolean;
  busy: boolean;
  /** Whether it can be done now. */
  ready?: boolean;
  onConfirm(): unknown;
  onClose(): void;
  /** What it will do, and fields that it needs. */
  children: ComponentChildren;
}

/** Asks before something is done, and tells what it will do. */
export function Confirm({
  title,
  danger = false,
  busy,
  ready = true,
  onConfirm,
  onClose,
  children,
}: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void onConfirm();
        }}
      >
        {children}
        <div class="row">
          <Button look={danger ? 'danger' : 'primary'} type="submit" busy={busy} disabled={!ready}>
            {title}
          </Button>
          <Button onClick={onClose}>{t.value.back}</Button>
        </div>
      </form>
    </Dialog>
  );
}
