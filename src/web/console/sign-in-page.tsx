import { useState } from 'preact/hooks';
import { becomeDemoUser } from '../shared/demo.ts';
import { texts } from '../shared/language.ts';
import { claimsOf, signIn } from '../shared/session.ts';
import { settings } from '../shared/settings.ts';
import { useTitle } from '../shared/use-title.ts';
import { Button } from '../ui/button.tsx';
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
    admin: '관리자로 시작하기',
    organizer: '주최자로 시작하기',
    development: '개발 환경에서는 토큰 없이 시작할 수 있어요.',
  },
  en: {
    title: 'Tiketi control room',
    token: 'Access token',
    hint: 'A token of the role admin or organizer. Only this tab keeps it.',
    wrong: 'This is not a valid token of an administrator or an organizer.',
    signIn: 'Sign in',
    admin: 'Start as an administrator',
    organizer: 'Start as an organizer',
    development: 'In development you can start without a token.',
  },
});

export function SignInPage() {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  useTitle(t.value.title);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = text.trim().replace(/^Bearer /i, '');
    const role = claimsOf(given)?.role;
    if (role === 'admin' || role === 'organizer') signIn(given);
    else setWrong(true);
  };
  return (
    <main class="page stack sign-in">
      <h1>{t.value.title}</h1>
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
      <Preferences />
    </main>
  );
}
