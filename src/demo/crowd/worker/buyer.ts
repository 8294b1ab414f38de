import { setTimeout as sleep } from 'node:timers/promises';
import { type TiketiClient, TiketiError } from '../../../client/index.ts';
import type { Figures, Stage } from '../messages.ts';
import type { CrowdRecord } from '../record.ts';
import type { HumanTime } from './human-time.ts';
import type { Line, Place } from './line.ts';
import type { Hold, Offer } from './offer.ts';

/** What all buyers share. */
export interface Crowd {
  eventId: string;
  /** ms since 1970. */
  saleStartsAt: number;
  offer: Offer;
  time: HumanTime;
  line: Line;
  figures: Figures;
  record: CrowdRecord;
  /** What buyers paid and didn't cancel. */
  kept: Set<Hold>;
  clientOf(token: string): TiketiClient;
  /** Records a payment, as the payment service does. */
  pay(hold: Hold): Promise<void>;
  /** Aborted when the crowd has to go. */
  over: AbortSignal;
}

/** A buyer looks this often for something to take. */
const LOOKS = 6;
/** A sale that opens later is not waited for. */
const LONGEST_WAIT_FOR_SALE_MS = 10 * 60_000;
/** Codes after which a later look may succeed. */
const LATER = new Set([
  'SEAT_UNAVAILABLE',
  'SEAT_LOCKED',
  'COMPANION_SEAT',
  'SOLD_OUT',
  'QUANTITY_NOT_ALLOWED',
  'TOO_MANY_REQUESTS',
  'SERVICE_UNAVAILABLE',
  'NETWORK_ERROR',
]);

/** One visit of one buyer, from the arrival to the way home. */
export class Buyer {
  readonly #crowd: Crowd;
  readonly #tiketi: TiketiClient;
  #stage: Stage = 'waiting';
  #hasPlace = false;
  #hold: Hold | undefined;

  constructor(crowd: Crowd, token: string) {
    this.#crowd = crowd;
    this.#tiketi = crowd.clientOf(token);
  }

  /** Never rejects. */
  async visit(): Promise<void> {
    const { figures, over } = this.#crowd;
    figures.arrived++;
    figures.waiting++;
    try {
      this.#is(await this.#buy());
    } catch {
      // A crowd that has to go gives up, and a buyer whom the service refuses goes home.
      this.#is(over.aborted ? 'gaveUp' : 'refused');
    }
    await this.#giveBack().catch(() => undefined);
  }

  async #buy(): Promise<Stage> {
    const { time } = this.#crowd;
    if (!(await this.#enter())) return 'gaveUp';
    await this.#untilSale();
    this.#hold = await this.#choose();
    if (!this.#hold) return 'refused';
    this.#is('holding');

    const mood = Math.random();
    if (mood < 0.1) return this.#forget(this.#hold);
    await time.between(3_000, 18_000);
    // Back to the shop window: the end of the visit cancels the hold.
    if (mood < 0.17) return 'gaveUp';
    const hold = this.#hold;
    await this.#crowd.pay(hold);
    this.#crowd.kept.add(hold);
    this.#hold = undefined;
    this.#is('bought');
    await this.#leave();
    if (mood < 0.97) return 'bought';
    await time.between(5_000, 20_000);
    this.#crowd.kept.delete(hold);
    await this.#tiketi.cancelReservation({ id: hold.id });
    return 'gaveUp';
  }

  /** @returns whether the buyer had the patience */
  async #enter(): Promise<boolean> {
    const { eventId, time, line } = this.#crowd;
    const patience = time.now + (Math.random() < 0.06 ? 20_000 + Math.random() * 100_000 : Infinity);
    this.#is('waiting');
    const check = () => this.#tiketi.checkQueue({ eventId });
    // A buyer who was inside may be let in again at once, by right.
    let place: Place = await line.ask(check, this.#hasPlace ? 0 : line.end);
    this.#hasPlace = true;
    while (place.state !== 'inside') {
      if (time.now > patience) return false;
      await line.wait(place);
      // A place is lost after a long silence, and when an administrator clears the line.
      const isLost: boolean = place.state === 'outside';
      place = await (isLost
        ? line.ask(check, line.end)
        : line.ask(() => this.#tiketi.getQueueStatus({ eventId }), place.sequence));
    }
    this.#is('inside');
    this.#crowd.record.letIn++;
    return true;
  }

  async #untilSale(): Promise<void> {
    const { saleStartsAt, time } = this.#crowd;
    if (saleStartsAt - Date.now() > LONGEST_WAIT_FOR_SALE_MS) return;
    while (saleStartsAt > Date.now()) await time.between(500, 1_500);
  }

  /** Looks at what is free until something can be held. Some hope for what others give back. */
  async #choose(): Promise<Hold | undefined> {
    const { time, offer } = this.#crowd;
    for (let look = 0; look < LOOKS; look++) {
      await time.between(1_500, 6_000);
      if (offer.isSoldOut()) return undefined;
      try {
        const hold = await offer.hold(this.#tiketi);
        if (hold) return hold;
      } catch (error) {
        if (!(error instanceof TiketiError)) throw error;
        if (error.code === 'QUEUE_REQUIRED') await this.#enter();
        else if (!LATER.has(error.code)) return undefined;
      }
    }
    return undefined;
  }

  /** Closes the tab without a word: the hold comes back when its time is over. */
  async #forget(hold: Hold): Promise<Stage> {
    await this.#leave();
    const ms = Math.max(0, Date.parse(hold.expiresAt) - Date.now());
    await sleep(ms, undefined, { signal: this.#crowd.over });
    this.#hold = undefined;
    return 'gaveUp';
  }

  async #giveBack(): Promise<void> {
    if (this.#hold) await this.#tiketi.cancelReservation({ id: this.#hold.id }).catch(() => undefined);
    await this.#leave();
  }

  async #leave(): Promise<void> {
    if (!this.#hasPlace) return;
    this.#hasPlace = false;
    await this.#tiketi.leaveQueue({ eventId: this.#crowd.eventId });
  }

  #is(stage: Stage): void {
    this.#crowd.figures[this.#stage]--;
    this.#crowd.figures[stage]++;
    this.#stage = stage;
  }
}
