import { useState } from 'preact/hooks';
import { becomeDemoUser } from '../../shared/demo.ts';
import { texts } from '../../shared/language.ts';
import { settings } from '../../shared/settings.ts';
import { Button } from '../../ui/button.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import { goToLogin } from './login.ts';

const t = texts({
  ko: { title: '로그인이 필요해요', signIn: '로그인', guest: '체험용 계정으로 시작하기' },
  en: { title: 'Please sign in', signIn: 'Sign in', guest: 'Start with a trial account' },
});

/** In place of a page that needs a user. The page itself appears when there is one. */
export function SignIn() {
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <div>
        <SignInButton />
      </div>
    </div>
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
