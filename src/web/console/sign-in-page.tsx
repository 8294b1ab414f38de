import { useState } from 'preact/hooks';
import { becomeDemoUser } from '../shared/demo.ts';
import { texts } from '../shared/language.ts';
import { claimsOf, signIn, signOut } from '../shared/session.ts';
import { settings } from '../shared/settings.ts';
import { useTitle } from '../shared/use-title.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { sayProblem } from '../ui/messages.tsx';
import { Preferences } from '../ui/preferences.tsx';

const t = texts({
  ko: {
    title: 'Tiketi 관제실',
    token: '액세스 토큰',
    hint: '역할이 admin 또는 organizer인 토큰이에요. 이 탭에만 보관됩니다.',
    wrong: '관리자나 주최자의 유효한 토큰이 아니에요.',
    signIn: '로그인',
    signOut: '로그아웃',
    admin: '관리자로 시작하기',
    organizer: '주최자로 시작하기',
    ended: '로그인이 만료되었어요',
    goOn: '다시 로그인하면 이 페이지에서 이어서 할 수 있어요. 입력한 내용은 그대로 있어요.',
    development: '개발 환경에서는 토큰 없이 시작할 수 있어요.',
  },
  en: {
    title: 'Tiketi control room',
    token: 'Access token',
    hint: 'A token of the role admin or organizer. Only this tab keeps it.',
    wrong: 'This is not a valid token of an administrator or an organizer.',
    signIn: 'Sign in',
    signOut: 'Sign out',
    admin: 'Start as an administrator',
    organizer: 'Start as an organizer',
    ended: 'Your session has ended',
    goOn: 'Sign in again to go on with this page. What you typed is still there.',
    development: 'In development you can start without a token.',
  },
});

export function SignInPage() {
  useTitle(t.value.title);
  return (
    <main class="page stack sign-in">
      <h1>{t.value.title}</h1>
      <SignIn />
      <Preferences />
    </main>
  );
}

/** Escape, or a click beside the dialog, must not lose what was typed. */
function stay(): void {}

/** Over the page, which stays as it is. */
export function SignInAgain() {
  return (
    <Dialog title={t.value.ended} onClose={stay}>
      <p>{t.value.goOn}</p>
      <SignIn />
      <Button look="plain" onClick={signOut}>
        {t.value.signOut}
      </Button>
    </Dialog>
  );
}

function SignIn() {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = text.trim().replace(/^Bearer /i, '');
    const role = claimsOf(given)?.role;
    if (role === 'admin' || role === 'organizer') signIn(given);
    else setWrong(true);
  };
  return (
    <>
      <form class="card stack" onSubmit={submit}>
        <Field label={t.value.token} hint={t.value.hint} problem={wrong ? t.value.wrong : undefined}>
          <input
            type="password"
            autoComplete="off"
            required
            value={text}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value);
              setWrong(false);
            }}
          />
        </Field>
        <Button look="primary" type="submit">
          {t.value.signIn}
        </Button>
      </form>
      {settings.playground && (
        <section class="card stack">
          <p>{t.value.development}</p>
          <div class="row">
            <Button onClick={() => becomeDemoUser('admin').catch(sayProblem)}>{t.value.admin}</Button>
            <Button onClick={() => becomeDemoUser('organizer').catch(sayProblem)}>{t.value.organizer}</Button>
          </div>
        </section>
      )}
    </>
  );
}
