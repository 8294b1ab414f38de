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
  /** Cancels these seats and so many tickets of each type. */
  | { kind: 'part'; user: number; reservation: number; seats: number[]; quantities: number[] }
  /** @param amount by default what the reservation costs */
  | { kind: 'confirm'; reservation: number; payment: string; amountOff: number; amount?: number }
  /** All that is due is paid back. */
  | { kind: 'refund'; reservation: number }
  | { kind: 'block'; seats: number[] }
  | { kind: 'unblock'; seats: number[] }
  | { kind: 'total'; type: number; by: number }
  /** The hold's time ends, without a sweep. */
  | { kind: 'expire'; reservation: number }
  | { kind: 'sweep' };

/** The result of a deed: `ok` or an error's code, and the id, total and seats of a granted reservation. Seats also of a block. */
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
  paymentStatus: 'pending' | 'completed' | 'refunded';
  /** Won that were paid, that are due for refund, and that were paid back. */
  received: number;
  due: number;
  repaid: number;
  /** Nothing became due since the last money was paid back. */
  settled: boolean;
}

const isLive = ({ status }: Reservation) => status === 'pending' || status === 'confirmed';
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

export class SaleModel {
  readonly rules: Rules;
  readonly reservations: Reservation[];
  /** The payments of reservations that another payment had paid. */
  readonly secondPayments: Set<string>;
  readonly blocked: Set<number>;

  constructor(
    rules: Rules,
    reservations: Reservation[] = [],
    secondPayments = new Set<string>(),
    blocked = new Set<number>(),
  ) {
    this.rules = rules;
    this.reservations = reservations;
    this.secondPayments = secondPayments;
    this.blocked = blocked;
  }

  clone(): SaleModel {
    const { rules, reservations, secondPayments, blocked } = this;
    const copies = structuredClone([rules, reservations, secondPayments, blocked] as const);
    return new (this.constructor as typeof SaleModel)(...copies);
  }

  isFree(seat: number): boolean {
    return (
      !this.blocked.has(seat) && !this.reservations.some((each) => isLive(each) && each.seats.includes(seat))
    );
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
        return { verdict: this.#confirm(this.#at(deed.reservation), deed) };
      case 'part':
        return { verdict: this.#part(this.#at(deed.reservation), deed) };
      case 'refund':
        return { verdict: this.#refund(this.#at(deed.reservation)) };
      case 'block': {
        const seats = deed.seats.filter((seat) => this.isFree(seat)).sort();
        for (const seat of seats) this.blocked.add(seat);
        return { verdict: 'ok', seats };
      }
      case 'unblock':
        for (const seat of deed.seats) this.blocked.delete(seat);
        return { verdict: 'ok' };
      case 'total': {
        if (this.left(deed.type) + deed.by < 0) return { verdict: 'refused' };
        this.rules.stock[deed.type] = (this.rules.stock[deed.type] ?? 0) + deed.by;
        return { verdict: 'ok' };
      }
      case 'expire': {
        const reservation = this.#at(deed.reservation);
        if (reservation.status === 'pending') reservation.status = 'expired';
        return { verdict: 'ok' };
      }
      case 'sweep':
        return { verdict: 'ok' };
    }
  }

  /** Every hold and every reservation ends. */
  cancelEvent(): void {
    for (const each of this.reservations.filter(isLive)) this.#cancel(each, each.user);
  }

  /** What a reservation costs, without the parts that were cancelled. */
  totalOf({ seats, quantities }: Reservation): number {
    return this.rules.price * (seats.length + sum(quantities));
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
    const money = { payment: null, paid: false, received: 0, due: 0, repaid: 0, settled: false };
    const state = { status: 'pending', paymentStatus: 'pending', extended: false } as const;
    const made: Reservation = {
      id,
      user,
      seats: [...seats],
      quantities: [...quantities],
      ...state,
      ...money,
    };
    this.reservations.push(made);
    return { verdict: 'ok', id, total: this.totalOf(made), ...(seats.length > 0 && { seats }) };
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
    if (reservation.status === 'confirmed') this.#makeDue(reservation, this.totalOf(reservation));
    reservation.status = 'cancelled';
    return 'ok';
  }

  #part(reservation: Reservation, { user, seats, quantities }: Extract<Deed, { kind: 'part' }>): string {
    if (reservation.user !== user) return 'RESERVATION_NOT_FOUND';
    if (reservation.status === 'expired') return 'RESERVATION_EXPIRED';
    if (reservation.status === 'cancelled') return 'RESERVATION_NOT_CANCELLABLE';
    const left = {
      seats: reservation.seats.filter((seat) => !seats.includes(seat)),
      quantities: reservation.quantities.map((quantity, type) => quantity - (quantities[type] ?? 0)),
    };
    const given = seats.length + sum(quantities);
    const rest = left.seats.length + sum(left.quantities);
    const had = reservation.seats.length + sum(reservation.quantities);
    if (had - rest !== given || left.quantities.some((quantity) => quantity < 0)) return 'ITEMS_NOT_HELD';
    if (rest === 0) return this.#cancel(reservation, user);
    Object.assign(reservation, left);
    if (reservation.status === 'confirmed') this.#makeDue(reservation, given * this.rules.price);
    return 'ok';
  }

  #makeDue(reservation: Reservation, amount: number): void {
    reservation.due += amount;
    reservation.settled = false;
    if (reservation.paymentStatus === 'refunded') reservation.paymentStatus = 'completed';
  }

  #refund(reservation: Reservation): string {
    if (reservation.settled) return 'ok';
    if (reservation.due === 0) return 'REFUND_NOT_DUE';
    reservation.repaid += reservation.due;
    reservation.due = 0;
    reservation.settled = true;
    if (!isLive(reservation)) reservation.paymentStatus = 'refunded';
    return 'ok';
  }

  #confirm(reservation: Reservation, deed: Extract<Deed, { kind: 'confirm' }>): string {
    const { payment } = deed;
    const total = this.totalOf(reservation);
    const amount = (deed.amount ?? total) + deed.amountOff;
    // The first answer again, also where the reservation was cancelled since.
    if (reservation.payment === payment) return reservation.paid ? 'ok' : 'PAYMENT_TOO_LATE';
    const used =
      this.secondPayments.has(payment) || this.reservations.some((each) => each.payment === payment);
    if (reservation.payment !== null) {
      // A second payment is to be paid back.
      if (used) return 'ALREADY_PAID';
      this.secondPayments.add(payment);
      reservation.received += amount;
      this.#makeDue(reservation, amount);
      return 'ALREADY_PAID';
    }
    if (amount !== total) return 'AMOUNT_MISMATCH';
    if (used) return 'PAYMENT_REUSED';
    reservation.payment = payment;
    reservation.received += amount;
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
      reservation.paymentStatus = 'completed';
      return 'ok';
    }
    this.#makeDue(reservation, amount);
    return 'PAYMENT_TOO_LATE';
  }
}
