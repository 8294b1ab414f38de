import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from 'preact-iso';
import { texts } from '../shared/language.ts';
import { signOut, user } from '../shared/session.ts';
import { Button } from '../ui/button.tsx';
import { ConnectionBar } from '../ui/connection.tsx';
import { Messages } from '../ui/messages.tsx';
import { Preferences } from '../ui/preferences.tsx';
import { EventsPage } from './events/events-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { SignInPage } from './sign-in-page.tsx';

const NewEventPage = lazy(() => import('./events/new-event-page.tsx').then((module) => module.NewEventPage));
const EventPage = lazy(() => import('./event-page.tsx').then((module) => module.EventPage));
const HallsPage = lazy(() => import('./halls/halls-page.tsx').then((module) => module.HallsPage));
const HallPage = lazy(() => import('./halls/hall-page.tsx').then((module) => module.HallPage));
const FindReservationPage = lazy(() =>
  import('./reservations/find-reservation-page.tsx').then((module) => module.FindReservationPage),
);
const WebhooksPage = lazy(() =>
  import('./integrations/webhooks-page.tsx').then((module) => module.WebhooksPage),
);
const AuditPage = lazy(() => import('./integrations/audit-page.tsx').then((module) => module.AuditPage));
const HealthPage = lazy(() => import('./health/health-page.tsx').then((module) => module.HealthPage));

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
  },
});

/** The control room. Every page needs an organizer or an administrator. */
export function App() {
  return (
    <LocationProvider scope="/console">
      <ConnectionBar />
      {user.value && user.value.role !== 'user' ? <Frame key={user.value.id} /> : <SignInPage />}
      <Messages />
    </LocationProvider>
  );
}

function Frame() {
  return (
    <div class="frame">
      <a class="skip" href="#main">
        {t.value.skip}
      </a>
      <header class="menu">
        <a href="/console" class="brand">
          Tiketi Console
        </a>
        <nav aria-label={t.value.menu}>
          <MenuLink href="/console" text={t.value.events} below="/console/events" />
          <MenuLink href="/console/halls" text={t.value.halls} />
          <MenuLink href="/console/reservations" text={t.value.reservations} />
          <MenuLink href="/console/webhooks" text={t.value.webhooks} />
          <MenuLink href="/console/audit" text={t.value.audit} />
          <MenuLink href="/console/health" text={t.value.health} />
        </nav>
        <Preferences />
        <Button look="plain" size="small" onClick={signOut}>
          {t.value.signOut}
        </Button>
      </header>
      <main id="main" class="page" tabIndex={-1}>
        <ErrorBoundary>
          <Router>
            <Route path="/console" component={EventsPage} />
            <Route path="/console/events/new" component={NewEventPage} />
            <Route path="/console/events/:id/:part?" component={EventPage} />
            <Route path="/console/halls" component={HallsPage} />
            <Route path="/console/halls/:id" component={HallPage} />
            <Route path="/console/reservations" component={FindReservationPage} />
            <Route path="/console/webhooks" component={WebhooksPage} />
            <Route path="/console/audit" component={AuditPage} />
            <Route path="/console/health" component={HealthPage} />
            <Route default component={NotFoundPage} />
          </Router>
        </ErrorBoundary>
      </main>
    </div>
  );
}

/** @param below the addresses of the pages that belong to it, if they are not below its own */
function MenuLink({ href, text, below = href }: { href: string; text: string; below?: string }) {
  const { path } = useLocation();
  const current = path === href || path.startsWith(`${below}/`);
  return (
    <a href={href} aria-current={current ? 'page' : undefined}>
      {text}
    </a>
  );
}
