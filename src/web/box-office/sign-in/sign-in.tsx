import { useState } from 'preact/hooks';
import { becomeDemoUser } from '../../shared/demo.ts';
import { texts } from '../../shared/language.ts';
import { sessionEnded } from '../../shared/session.ts';
import { settings } from '../../shared/settings.ts';
import { Button } from '../../ui/button.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import { goToLogin } from './login.ts';

const t = texts({
  ko: {
    title: '로그인하고 계속하세요',
    ended: '로그아웃되었어요',
    endedAbout: '로그인한 지 오래되어 자동으로 로그아웃되었어요. 다시 로그인하면 보던 화면에서 이어집니다.',
    about: '예매와 티켓은 로그인한 계정에 보관됩니다. 로그인하면 이 화면에서 바로 이어집니다.',
    guestAbout:
      '가입 없이 체험용 계정이 바로 만들어져요. 계정은 이 브라우저에만 있고, 로그아웃하면 다시 쓸 수 없어요.',
    signIn: '로그인',
    guest: '체험용 계정으로 시작하기',
  },
  en: {
    title: 'Sign in to continue',
    ended: 'You were signed out',
    endedAbout: 'Your session has ended after a while. Sign in again, and this page goes on where you were.',
    about: 'Your reservations and tickets belong to your account. Once you sign in, this page goes on.',
    guestAbout:
      'You get a trial account at once, without registration. It lives in this browser only, and ends when you sign out.',
    signIn: 'Sign in',
    guest: 'Start with a trial account',
  },
});

/** In place of a page that needs a user. The page itself appears when there is one. */
export function SignIn() {
  return (
    <section class="card stack sign-in">
      <h1>{sessionEnded.value ? t.value.ended : t.value.title}</h1>
      <p>{sessionEnded.value ? t.value.endedAbout : t.value.about}</p>
      <SignInButton />
      {settings.loginUrl === null && <p class="soft">{t.value.guestAbout}</p>}
    </section>
  );
}

export function SignInButton({ size }: { size?: 'small' }) {
  const [busy, setBusy] = useState(false);
  const start = async () => {
    if (settings.loginUrl !== null) return goToLogin(settings.loginUrl);
    setBusy(true);
    await becomeDemoUser('user').catch(sayProblem);
    setBusy(false);
  };
  return (
    <Button look="primary" {...(size && { size })} busy={busy} onClick={start}>
      {settings.loginUrl === null && size === undefined ? t.value.guest : t.value.signIn}
    </Button>
  );
}
