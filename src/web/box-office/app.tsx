import { ErrorBoundary, LocationProvider, lazy, Route, Router } from 'preact-iso';
import { texts } from '../shared/language.ts';
import { ConnectionBar } from '../ui/connection.tsx';
import { Messages } from '../ui/messages.tsx';
import { Preferences } from '../ui/preferences.tsx';
import { EventListPage } from './events/event-list-page.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Account } from './sign-in/account.tsx';

const EventPage = lazy(() => import('./events/event-page.tsx').then((module) => module.EventPage));
const BookingPage = lazy(() => import('./booking/booking-page.tsx').then((module) => module.BookingPage));
const ReservationsPage = lazy(() =>
  import('./reservations/reservations-page.tsx').then((module) => module.ReservationsPage),
);
const ReservationPage = lazy(() =>
  import('./reservations/reservation-page.tsx').then((module) => module.ReservationPage),
);
const PaymentPage = lazy(() => import('./payment/payment-page.tsx').then((module) => module.PaymentPage));
const SignedInPage = lazy(() => import('./sign-in/signed-in-page.tsx').then((module) => module.SignedInPage));

const t = texts({
  ko: { skip: '본문으로 건너뛰기', home: 'Tiketi 홈', mine: '내 예매' },
  en: { skip: 'Skip to content', home: 'Tiketi home', mine: 'My reservations' },
});

/** The box office: its frame, and which page each address shows. src/plugins/web/plugin.ts serves these addresses. */
export function App() {
  return (
    <LocationProvider>
      <a class="skip" href="#main">
        {t.value.skip}
      </a>
      <ConnectionBar />
      <header class="top">
        <a href="/" class="brand" aria-label={t.value.home}>
          Tiketi
        </a>
        <nav class="row">
          <a href="/reservations">{t.value.mine}</a>
          <Account />
          <Preferences />
        </nav>
      </header>
      <main id="main" class="page" tabIndex={-1}>
        <ErrorBoundary>
          <Router>
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
      <Messages />
    </LocationProvider>
  );
}
