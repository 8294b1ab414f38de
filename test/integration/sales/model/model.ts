/** The rules of a sale in their plainest form, without locks or batches, one deed after the other. */
export interface Rules {
  seats: number;
  stock: number[];
  maxSeats: number;
  maxTickets: number;
  price: number;
}

export type Deed =
  | { kind: 'hold'; user: number; seats: number[] }
  | { kind: 'buy'; user: number; quantities: number[] }
  | { kind: 'best'; user: number; quantity: number }
  | { kind: 'extend'; user: number; reservation: number }
  | { kind: 'cancel'; user: number; reservation: number }
  | { kind: 'confirm'; reservation: number; payment: string; amountOff: number }
  /** The hold's time ends, without a sweep. */
  | { kind: 'expire'; reservation: number }
  | { kind: 'sweep' };

/** The result of a deed: `ok` or an error's code, and the id, total and seats of a granted reservation. */
export interface Outcome {
  verdict: string;
  id?: string;
  total?: number;
  seats?: number[];
}

export interface Reservation {
  id: string;
  user: number;
  seats: number[];
  quantities: number[];
  status: 'pending' | 'confirmed' | 'cancelled' | 'expired';
  extended: boolean;
  payment: string | null;
  /** The payment came in time, or took everything again. */
  paid: boolean;
  refundDue: boolean;
}

const isLive = ({ status }: Reservation) => status === 'pending' || status === 'confirmed';
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

export class SaleModel {
  readonly rules: Rules;
  readonly reservations: Reservation[];
  /** The payments of reservations that another payment had paid. */
  readonly secondPayments: Set<string>;

  constructor(rules: Rules, reservations: Reservation[] = [], secondPayments = new Set<string>()) {
    this.rules = rules;
    this.reservations = reservations;
    this.secondPayments = secondPayments;
  }

  clone(): SaleModel {
    const [reservations, secondPayments] = structuredClone([this.reservations, this.secondPayments] as const);
    return new (this.constructor as typeof SaleModel)(this.rules, reservations, secondPayments);
  }

  isFree(seat: number): boolean {
    return !this.reservations.some((each) => isLive(each) && each.seats.includes(seat));
  }

  left(type: number): number {
    const claimed = this.reservations.filter(isLive).map(({ quantities }) => quantities[type] ?? 0);
    return (this.rules.stock[type] ?? 0) - sum(claimed);
  }

  /**
   * Does the deed.
   *
   * @param seen what the service answered: which of the free seats are the best is its choice, which id a reservation has as well
   * @returns what it should have answered
   */
  do(deed: Deed, seen: Outcome): Outcome {
    switch (deed.kind) {
      case 'hold':
        return this.#hold(deed.user, deed.seats, seen);
      case 'best':
        return this.#best(deed.user, deed.quantity, seen);
      case 'buy':
        return this.#buy(deed.user, deed.quantities, seen);
      case 'extend':
        return { verdict: this.#extend(this.#at(deed.reservation), deed.user) };
      case 'cancel':
        return { verdict: this.#cancel(this.#at(deed.reservation), deed.user) };
      case 'confirm':
        return { verdict: this.#confirm(this.#at(deed.reservation), deed.payment, deed.amountOff) };
      case 'expire': {
        const reservation = this.#at(deed.reservation);
        if (reservation.status === 'pending') reservation.status = 'expired';
        return { verdict: 'ok' };
      }
      case 'sweep':
        return { verdict: 'ok' };
    }
  }

  #at(index: number): Reservation {
    return this.reservations[index] as Reservation;
  }

  #held(user: number) {
    const own = this.reservations.filter((each) => each.user === user && isLive(each));
    return {
      seats: sum(own.map(({ seats }) => seats.length)),
      tickets: sum(own.flatMap(({ quantities }) => quantities)),
    };
  }

  #grant(user: number, seats: number[], quantities: number[], seen: Outcome): Outcome {
    const id = seen.id ?? 'none';
    const rest = { extended: false, payment: null, paid: false, refundDue: false };
    this.reservations.push({ id, user, seats, quantities, status: 'pending', ...rest });
    const total = this.rules.price * (seats.length + sum(quantities));
    return { verdict: 'ok', id, total, ...(seats.length > 0 && { seats }) };
  }

  #hold(user: number, seats: number[], seen: Outcome): Outcome {
    if (this.#held(user).seats + seats.length > this.rules.maxSeats) return { verdict: 'TOO_MANY_SEATS' };
    if (!seats.every((seat) => this.isFree(seat))) return { verdict: 'SEAT_UNAVAILABLE' };
    return this.#grant(user, [...seats].sort(), [], seen);
  }

  #best(user: number, quantity: number, seen: Outcome): Outcome {
    if (this.#held(user).seats + quantity > this.rules.maxSeats) return { verdict: 'TOO_MANY_SEATS' };
    const free = Array.from({ length: this.rules.seats }, (_, seat) => seat).filter((seat) =>
      this.isFree(seat),
    );
    if (free.length < quantity) return { verdict: 'SOLD_OUT' };
    const theirs = new Set(seen.seats);
    const chosen = theirs.size === quantity && [...theirs].every((seat) => free.includes(seat));
    return this.#grant(user, chosen ? [...theirs].sort() : free.slice(0, quantity), [], seen);
  }

  #buy(user: number, quantities: number[], seen: Outcome): Outcome {
    if (this.#held(user).tickets + sum(quantities) > this.rules.maxTickets)
      return { verdict: 'TOO_MANY_TICKETS' };
    if (quantities.some((quantity, type) => quantity > this.left(type))) return { verdict: 'SOLD_OUT' };
    return this.#grant(user, [], quantities, seen);
  }

  #extend(reservation: Reservation, user: number): string {
    if (reservation.user !== user) return 'RESERVATION_NOT_FOUND';
    if (reservation.status === 'expired') return 'RESERVATION_EXPIRED';
    if (reservation.status !== 'pending' || reservation.extended) return 'RESERVATION_NOT_EXTENDABLE';
    reservation.extended = true;
    return 'ok';
  }

  #cancel(reservation: Reservation, user: number): string {
    if (reservation.user !== user) return 'RESERVATION_NOT_FOUND';
    if (reservation.status === 'expired') return 'RESERVATION_EXPIRED';
    if (reservation.status === 'cancelled') return 'RESERVATION_NOT_CANCELLABLE';
    reservation.refundDue ||= reservation.status === 'confirmed';
    reservation.status = 'cancelled';
    return 'ok';
  }

  #confirm(reservation: Reservation, payment: string, amountOff: number): string {
    // The first answer again, also where the reservation was cancelled since.
    if (reservation.payment === payment) return reservation.paid ? 'ok' : 'PAYMENT_TOO_LATE';
    const used =
      this.secondPayments.has(payment) || this.reservations.some((each) => each.payment === payment);
    if (reservation.payment !== null) {
      // A second payment is to be paid back.
      reservation.refundDue ||= !used;
      if (!used) this.secondPayments.add(payment);
      return 'ALREADY_PAID';
    }
    if (amountOff !== 0) return 'AMOUNT_MISMATCH';
    if (used) return 'PAYMENT_REUSED';
    reservation.payment = payment;
    const held = this.#held(reservation.user);
    const again =
      reservation.status === 'expired' &&
      held.seats + reservation.seats.length <= this.rules.maxSeats &&
      held.tickets + sum(reservation.quantities) <= this.rules.maxTickets &&
      reservation.seats.every((seat) => this.isFree(seat)) &&
      reservation.quantities.every((quantity, type) => quantity <= this.left(type));
    if (reservation.status === 'pending' || again) {
      reservation.status = 'confirmed';
      reservation.paid = true;
      return 'ok';
    }
    reservation.refundDue = true;
    return 'PAYMENT_TOO_LATE';
  }
}
