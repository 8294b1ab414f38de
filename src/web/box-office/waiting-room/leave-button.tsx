import { useState } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import type { PlaceKeeper } from './place-keeper.ts';

const t = texts({
  ko: {
    leaveLine: '줄에서 나가기',
    leaveInside: '나가기',
    title: '정말 나가시겠어요?',
    lineText: '지금 순번이 사라져요. 다시 오시면 맨 뒤에서 새로 기다려야 해요.',
    insideText: '다음 분이 바로 들어옵니다. 이미 선점하거나 예매한 것은 그대로예요.',
    stay: '계속 있을게요',
  },
  en: {
    leaveLine: 'Leave the line',
    leaveInside: 'Leave',
    title: 'Do you want to leave?',
    lineText: 'You give up your place. If you come back, you start at the end of the line.',
    insideText: 'The next person enters at once. What you hold or have booked stays yours.',
    stay: 'Stay',
  },
});

/** Gives the place up, after a question. */
export function LeaveButton({ keeper, inside = false }: { keeper: PlaceKeeper; inside?: boolean }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const label = inside ? t.value.leaveInside : t.value.leaveLine;
  const leave = async () => {
    setBusy(true);
    await keeper.leave().catch(sayProblem);
    setBusy(false);
    setAsking(false);
  };
  return (
    <>
      <Button look="plain" size="small" onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && (
        <Dialog title={t.value.title} onClose={() => setAsking(false)}>
          <p>{inside ? t.value.insideText : t.value.lineText}</p>
          <div class="row">
            <Button look="primary" onClick={() => setAsking(false)}>
              {t.value.stay}
            </Button>
            <Button look="danger" busy={busy} onClick={leave}>
              {label}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
