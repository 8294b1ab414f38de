import { useMemo } from 'preact/hooks';
import { now, serviceTime } from '../shared/clock.ts';
import { texts } from '../shared/language.ts';
import { wayOn } from '../shared/problem-texts.ts';
import { signOut } from '../shared/session.ts';
import { Button, LinkButton } from './button.tsx';

const t = texts({
  ko: {
    again: '다시 시도',
    wait: (seconds: number) => `${seconds}초 후 다시 시도`,
    reload: '새로고침',
    signIn: '다시 로그인',
  },
  en: {
    again: 'Try again',
    wait: (seconds) => `Try again in ${seconds} s`,
    reload: 'Reload',
    signIn: 'Sign in again',
  },
});

interface WayOnProps {
  error: unknown;
  retry?: (() => void) | undefined;
  event?: string | undefined;
}

/** The button or link that leads on after an error. */
export function WayOn({ error, retry, event }: WayOnProps) {
  const way = wayOn(error, event);
  if (way === 'sign-in')
    return (
      <Button size="small" onClick={signOut}>
        {t.value.signIn}
      </Button>
    );
  if (typeof way === 'object' && 'href' in way)
    return (
      <LinkButton size="small" href={way.href}>
        {way.label}
      </LinkButton>
    );
  if (retry)
    return <Retry key={`${error}`} after={typeof way === 'object' ? way.retryAfter : 0} retry={retry} />;
  if (way !== 'reload') return null;
  return (
    <Button size="small" onClick={() => location.reload()}>
      {t.value.reload}
    </Button>
  );
}

/** Takes no press before the service wants to be asked again. */
function Retry({ after, retry }: { after: number; retry: () => void }) {
  const from = useMemo(() => serviceTime() + after * 1_000, [after]);
  const seconds = after === 0 ? 0 : Math.ceil((from - now.value) / 1_000);
  return (
    <Button size="small" disabled={seconds > 0} onClick={retry}>
      {seconds > 0 ? t.value.wait(seconds) : t.value.again}
    </Button>
  );
}
