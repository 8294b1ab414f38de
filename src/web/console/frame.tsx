import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { texts } from '../shared/language.ts';
import { signOut, user } from '../shared/session.ts';
import { Button } from '../ui/button.tsx';
import { Preferences } from '../ui/preferences.tsx';
import { StatusLamp } from './health/status-lamp.tsx';

const t = texts({
  ko: {
    skip: '본문으로 건너뛰기',
    menu: '메뉴',
    events: '이벤트',
    halls: '좌석 배치도',
    reservations: '예매 찾기',
    webhooks: '웹훅',
    audit: '감사 기록',
    health: '상태',
    signOut: '로그아웃',
    admin: '관리자',
    organizer: '주최자',
  },
  en: {
    skip: 'Skip to content',
    menu: 'Menu',
    events: 'Events',
    halls: 'Halls',
    reservations: 'Find a reservation',
    webhooks: 'Webhooks',
    audit: 'Audit log',
    health: 'Health',
    signOut: 'Sign out',
    admin: 'Administrator',
    organizer: 'Organizer',
  },
});

/** The menu around every page. On a phone it is a bar with a button that unfolds it. */
export function Frame({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const lastPath = useRef(path);
  useEffect(() => {
    if (lastPath.current === path) return;
    lastPath.current = path;
    setOpen(false);
  }, [path]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t.value.skip}
      </a>
      <header class="menu" data-open={isOpen}>
        <div class="bar">
          <a href="/console" class="brand">
            Tiketi Console
          </a>
          <StatusLamp />
          <Button
            look="plain"
            size="small"
            aria-expanded={isOpen}
            aria-controls="menu"
            onClick={() => setOpen(!isOpen)}
          >
            {t.value.menu}
          </Button>
        </div>
        <div class="fold" id="menu">
          <nav aria-label={t.value.menu}>
            <MenuLink href="/console" text={t.value.events} below="/console/events" />
            <MenuLink href="/console/halls" text={t.value.halls} />
            <MenuLink href="/console/reservations" text={t.value.reservations} />
            <MenuLink href="/console/webhooks" text={t.value.webhooks} />
            <MenuLink href="/console/audit" text={t.value.audit} />
            <MenuLink href="/console/health" text={t.value.health} />
          </nav>
          <div class="account">
            <p class="soft">
              {user.value?.role === 'admin' ? t.value.admin : t.value.organizer}{' '}
              <code>{user.value?.id.slice(0, 8)}</code>
            </p>
            <Preferences />
            <Button size="small" onClick={signOut}>
              {t.value.signOut}
            </Button>
          </div>
        </div>
      </header>
      <main id="main" class="page" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** @param below the addresses of the pages that belong to it, if they are not below its own */
function MenuLink({ href, text, below = href }: { href: string; text: string; below?: string }) {
  const { path } = useLocation();
  const isHere = path === href || path.startsWith(`${below}/`);
  return (
    <a href={href} aria-current={isHere ? 'page' : undefined}>
      {text}
    </a>
  );
}
