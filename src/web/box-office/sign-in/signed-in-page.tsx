import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { texts } from '../../shared/language.ts';
import { signIn } from '../../shared/session.ts';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { takeLogin } from './login.ts';
import { SignIn } from './sign-in.tsx';

const t = texts({
  ko: { failed: '로그인하지 못했어요. 다시 시도해 주세요.' },
  en: { failed: 'You could not be signed in. Please try again.' },
});

/** Where the login sends buyers back to. */
export function SignedInPage() {
  const { route } = useLocation();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const login = takeLogin();
    if (login === undefined) return setFailed(true);
    signIn(login.token);
    route(login.from, true);
  }, []);
  if (!failed) return <Loading />;
  return (
    <div class="stack">
      <Notice tone="bad">{t.value.failed}</Notice>
      <SignIn />
    </div>
  );
}
