import { useRef } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, Route, Router } from 'preact-iso';
import { lazyPage } from '../shared/lazy-page.ts';
import { sessionEnded, user } from '../shared/session.ts';
import { ConnectionBar } from '../ui/connection.tsx';
import { Messages } from '../ui/messages.tsx';
import { NotFoundPage } from '../ui/not-found-page.tsx';
import { EventsPage } from './events/events-page.tsx';
import { Frame } from './frame.tsx';
import { SignInAgain, SignInPage } from './sign-in-page.tsx';

const NewEventPage = lazyPage(() =>
  import('./events/new-event-page.tsx').then((module) => module.NewEventPage),
);
const EventPage = lazyPage(() => import('./event-page.tsx').then((module) => module.EventPage));
const HallsPage = lazyPage(() => import('./halls/halls-page.tsx').then((module) => module.HallsPage));
const HallPage = lazyPage(() => import('./halls/hall-page.tsx').then((module) => module.HallPage));
const FindReservationPage = lazyPage(() =>
  import('./reservations/find-reservation-page.tsx').then((module) => module.FindReservationPage),
);
const ReservationPage = lazyPage(() =>
  import('./reservations/reservation-page.tsx').then((module) => module.ReservationPage),
);
const WebhooksPage = lazyPage(() =>
  import('./integrations/webhooks-page.tsx').then((module) => module.WebhooksPage),
);
const AuditPage = lazyPage(() => import('./integrations/audit-page.tsx').then((module) => module.AuditPage));
const HealthPage = lazyPage(() => import('./health/health-page.tsx').then((module) => module.HealthPage));

/** The control room. Every page needs an organizer or an administrator. */
export function App() {
  return (
    <LocationProvider scope="/console">
      <ConnectionBar />
      <Session />
      <Messages />
    </LocationProvider>
  );
}

/** A session that ends by itself leaves the page where it is: the same operator signs in again, and goes on with what they typed. */
function Session() {
  const operator = useRef<string | undefined>(undefined);
  const { id, role = 'user' } = user.value ?? {};
  const isSignedIn = role !== 'user';
  if (isSignedIn) operator.current = id;
  else if (!sessionEnded.value) operator.current = undefined;
  if (operator.current === undefined) return <SignInPage />;
  return (
    <>
      <Pages key={operator.current} />
      {!isSignedIn && <SignInAgain />}
    </>
  );
}

function Pages() {
  return (
    <Frame>
      <ErrorBoundary>
        <Router>
          <Route path="/console" component={EventsPage} />
          <Route path="/console/events/new" component={NewEventPage} />
          <Route path="/console/events/:id/:part?" component={EventPage} />
          <Route path="/console/halls" component={HallsPage} />
          <Route path="/console/halls/:id" component={HallPage} />
          <Route path="/console/reservations" component={FindReservationPage} />
          <Route path="/console/reservations/:id" component={ReservationPage} />
          <Route path="/console/webhooks" component={WebhooksPage} />
          <Route path="/console/audit" component={AuditPage} />
          <Route path="/console/health" component={HealthPage} />
          <Route default component={NotFoundPage} />
        </Router>
      </ErrorBoundary>
    </Frame>
  );
}
