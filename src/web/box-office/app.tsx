import { ErrorBoundary, LocationProvider, Route, Router } from 'preact-iso';
import { texts } from '../shared/language.ts';
import { lazyPage } from '../shared/lazy-page.ts';
import { ConnectionBar } from '../ui/connection.tsx';
import { Messages } from '../ui/messages.tsx';
import { NotFoundPage } from '../ui/not-found-page.tsx';
import { Preferences } from '../ui/preferences.tsx';
import { EventListPage } from './events/event-list-page.tsx';
import { Logo } from './logo.tsx';
import { Account } from './sign-in/account.tsx';

const EventPage = lazyPage(() => import('./events/event-page.tsx').then((module) => module.EventPage));
const BookingPage = lazyPage(() => import('./booking/booking-page.tsx').then((module) => module.BookingPage));
const ReservationsPage = lazyPage(() =>
  import('./reservations/reservations-page.tsx').then((module) => module.ReservationsPage),
);
const ReservationPage = lazyPage(() =>
  import('./reservations/reservation-page.tsx').then((module) => module.ReservationPage),
);
const PaymentPage = lazyPage(() => import('./payment/payment-page.tsx').then((module) => module.PaymentPage));
const SignedInPage = lazyPage(() =>
  import('./sign-in/signed-in-page.tsx').then((module) => module.SignedInPage),
);

const t = texts({
  ko: { skip: '본문으로 건너뛰기', home: 'Tiketi 홈', menu: '메뉴', mine: '내 예매', api: 'API 문서' },
  en: {
    skip: 'Skip to content',
    home: 'Tiketi home',
    menu: 'Menu',
    mine: 'My tickets',
    api: 'API documentation',
  },
});

/** After a step to another page, keyboards and screen readers go on at its beginning. */
function focusPage(): void {
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** The box office: its frame, and which page each address shows. src/plugins/web/plugin.ts serves these addresses. */
export function App() {
  return (
    <LocationProvider>
      <a class="skip" href="#main">
        {t.value.skip}
      </a>
      <header class="top">
        <div class="bar">
          <a href="/" class="brand" aria-label={t.value.home}>
            <Logo />
            Tiketi
          </a>
          <nav aria-label={t.value.menu}>
            <a href="/reservations">{t.value.mine}</a>
            <Account />
          </nav>
        </div>
        <ConnectionBar />
      </header>
      <main id="main" class="page" tabIndex={-1}>
        <ErrorBoundary>
          <Router onRouteChange={focusPage}>
            <Route path="/" component={EventListPage} />
            <Route path="/events/:id" component={EventPage} />
            <Route path="/events/:id/book" component={BookingPage} />
            <Route path="/reservations" component={ReservationsPage} />
            <Route path="/reservations/:id" component={ReservationPage} />
            <Route path="/pay/:id" component={PaymentPage} />
            <Route path="/signed-in" component={SignedInPage} />
            <Route default component={NotFoundPage} />
          </Router>
        </ErrorBoundary>
      </main>
      <footer class="bottom">
        <div class="bar">
          <Preferences />
          {/* In a new tab: the page there has a policy of its own. */}
          <a href="/docs" target="_blank" rel="noreferrer">
            {t.value.api}
          </a>
        </div>
      </footer>
      <Messages />
    </LocationProvider>
  );
}
