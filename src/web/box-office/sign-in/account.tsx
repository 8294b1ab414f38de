import { texts } from '../../shared/language.ts';
import { signOut, user } from '../../shared/session.ts';
import { Button } from '../../ui/button.tsx';
import { SignInButton } from './sign-in.tsx';

const t = texts({ ko: { signOut: '로그아웃' }, en: { signOut: 'Sign out' } });

export function Account() {
  if (!user.value) return <SignInButton size="small" />;
  return (
    <Button look="plain" size="small" onClick={signOut}>
      {t.value.signOut}
    </Button>
  );
}
