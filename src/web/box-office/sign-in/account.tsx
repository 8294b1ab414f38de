import { useEffect } from 'preact/hooks';
import { texts } from '../../shared/language.ts';
import { sessionEnded, signOut, user } from '../../shared/session.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { SignInButton } from './sign-in.tsx';

const t = texts({
  ko: {
    signOut: '로그아웃',
    ended: '로그인한 지 오래되어 로그아웃되었어요. 다시 로그인해 주세요.',
  },
  en: { signOut: 'Sign out', ended: 'Your session has ended. Please sign in again.' },
});

export function Account() {
  const ended = sessionEnded.value;
  useEffect(() => {
    if (ended) say(t.peek().ended);
  }, [ended]);
  if (!user.value) return <SignInButton size="small" />;
  return (
    <Button look="plain" size="small" onClick={signOut}>
      {t.value.signOut}
    </Button>
  );
}
