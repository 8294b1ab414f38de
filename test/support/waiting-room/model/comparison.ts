import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Commands } from '../../../../src/waiting-room/redis/commands.ts';
import type { RoomSettings, Standing } from '../../../../src/waiting-room/types.ts';
import { openWaitingRoom, type WaitingRoom } from '../room-harness.ts';
import { nameOf, people, type Said, showing, start } from './actions.ts';
import type { Claim, Heard } from './lost-state.ts';
import { WaitingRoomModel } from './model.ts';
import { type Deed, PEOPLE, type Step } from './steps.ts';
import { Guests } from './visitors.ts';

/** Every limit lies between two units, far from both: no moment falls on one, also where a clock jumps by a second. */
const UNIT = 200;
const SETTINGS = { insideTtlSeconds: 2_100, waitingTtlSeconds: 2_880, reformSeconds: 300 };
const TIMES = { insideTtl: 2_100_000, waitingTtl: 2_880_000, reform: 300_000, still: 525_000 };
/** What was given is dated back so far that all that comes next is later. */
const MARGIN_MS = 50_000;

/** Takes steps in the waiting room, on two instances, and in the model, and compares all that is said and kept. */
export class Comparison {
  readonly #room: WaitingRoom;
  readonly #instances: Commands[];
  #model!: WaitingRoomModel;
  #heard: (Heard | undefined)[] = [];
  #heardLast = 0;
  #guests = new Guests();
  #drawn: string[] | undefined;
  #lotAnew = false;
  #remembered: (() => Promise<void>) | undefined;

  /** @param spoil what the second instance takes for the settings, for a control */
  constructor(redis: Redis, spoil?: (rules: RoomSettings) => RoomSettings) {
    this.#room = openWaitingRoom(redis, SETTINGS);
    this.#instances = [this.#room.commands, this.#room.instance({ spoil })];
  }

  /** @param lobbyOpensIn units; none: the event has no lobby */
  async run(threshold: number, lobbyOpensIn: number | undefined, steps: Step[]): Promise<void> {
    this.#room.anew({ threshold });
    if (lobbyOpensIn !== undefined) this.#setLobby(lobbyOpensIn);
    this.#model = new WaitingRoomModel(this.#room.rules, TIMES, this.#room.now);
    this.#heard = [];
    this.#guests = new Guests();
    this.#lotAnew = false;
    this.#remembered = undefined;
    for (const step of steps) {
      await this.#take(step);
      if (this.#isLotAnew()) return;
      await this.#compare();
    }
    await this.#everybodyGetsIn();
  }

  /** One whose lot is still to be drawn; the start is ahead. */
  #setLobby(opensIn: number): void {
    const halfPast = (units: number) => this.#room.now() + (units + 0.5) * UNIT * 1_000;
    const { rules } = this.#room;
    rules.lobbyOpensAt = halfPast(opensIn - 1);
    rules.startsAt = halfPast(opensIn + 2);
    rules.drawn = false;
    this.#drawn = undefined;
  }

  async #take(step: Step): Promise<void> {
    const { rules } = this.#room;
    const beforeStart = rules.startsAt !== undefined && this.#room.now() < rules.startsAt;
    switch (step.verb) {
      case 'at once':
        return this.#do(step.deeds);
      case 'time passes':
        return this.#timePasses(step.units);
      case 'set':
        rules.threshold = step.threshold;
        rules.paused = step.paused;
        rules.drainPerSecond = step.drains ? 0.01 : undefined;
        return;
      case 'put off':
        if (beforeStart) rules.startsAt = (rules.startsAt as number) + step.units * UNIT * 1_000;
        return;
      case 'set a lobby':
        if (!beforeStart) this.#setLobby(step.opensIn);
        return;
      case 'give up the lobby':
        if (!beforeStart) return;
        rules.lobbyOpensAt = undefined;
        rules.startsAt = undefined;
        return;
      case 'load':
      case 'draw':
        return this.#draw(step.on, step.verb === 'draw');
      case 'remember':
        this.#remembered = await this.#remember();
        return this.#timePasses(1);
      case 'lose':
        return this.#lose(step.what);
      default:
        return this.#do([step]);
    }
  }

  async #timePasses(units: number): Promise<void> {
    await this.#room.timePasses(units * UNIT);
    this.#model.expire();
  }

  /** The instance that knows best finds it out, as it does by its next tick. */
  async #lose(what: 'everything' | 'what came since'): Promise<void> {
    await this.#timePasses(1);
    if (what === 'everything') {
      await this.#room.flush();
      this.#model.flush();
    } else await this.#remembered?.();
    await this.#do([{ verb: 'overview', on: this.#heardLast }]);
  }

  /** @returns brings it all back */
  async #remember(): Promise<() => Promise<void>> {
    const room = await this.#room.snapshot();
    const others = [this.#model.snapshot(), this.#guests.snapshot()];
    return async () => {
      await room();
      for (const putBack of others) putBack();
      this.#model.expire();
    };
  }

  /** All of it is sent before the first answer comes. */
  async #do(deeds: Deed[]): Promise<void> {
    const { eventId } = this.#room;
    const started = deeds.map((deed) => {
      const shown = new Map(showing(deed).map(([user, shows]) => [user, this.#guests.shown(user, shows)]));
      const heard = this.#heard[deed.on];
      const commands = this.#instances[deed.on] as Commands;
      return { deed, shown, ...start(deed, { commands, eventId, shown, heard, model: this.#model }) };
    });
    const answers = await Promise.all(started.map(({ said }) => said));
    for (const [index, { deed, model, shown }] of started.entries()) {
      const before = new Set(this.#model.inside);
      const found = answers[index] as Said;
      const { heard, restored = [], ...expected } = model();
      if (this.#isLotAnew()) return;
      same({ deed, ...found }, { deed, ...expected });
      this.#heard[deed.on] = heard;
      if (heard) this.#heardLast = deed.on;
      this.#note(deed, expected, shown, restored);
      // Whoever goes in anew finds room.
      if (restored.length > 0 || this.#model.inside.every((user) => before.has(user))) continue;
      expect(found.room.inside).toBeLessThanOrEqual(this.#room.rules.threshold);
      expect(this.#room.rules.paused).toBe(false);
    }
  }

  #note(deed: Deed, { standings }: Said, shown: Map<string, Claim>, restored: string[]): void {
    const at = this.#room.now() - MARGIN_MS;
    if (deed.verb === 'leave') this.#guests.left(nameOf(deed.user));
    if (deed.verb === 'visit')
      for (const [index, [user, claim]] of [...shown].entries()) {
        const standing = (standings as Standing[])[index] as Standing;
        this.#guests.told(user, standing, { claim, restored: restored.includes(user) }, at);
      }
    if (deed.verb === 'clear') this.#guests.cleared();
  }

  /** Of the lobby, in an order that is drawn once. */
  async #draw(on: number, toTheEnd: boolean): Promise<void> {
    const commands = this.#instances[on] as Commands;
    const { eventId } = this.#room;
    const phase = await commands.close(eventId);
    this.#heard[on] = this.#model.look(this.#heard[on]).heard;
    expect(phase).toBe(this.#model.currentPhase());
    const { rules } = this.#room;
    if (
      !this.#drawn &&
      this.#room.now() >= (rules.startsAt ?? Number.POSITIVE_INFINITY) &&
      phase !== 'lobby'
    ) {
      this.#drawn = [];
      // As all instances read it in PostgreSQL.
      rules.drawn = true;
      for await (const users of commands.lobby(eventId)) this.#drawn.push(...users);
      expect(this.#drawn.sort()).toEqual(this.#model.lobby.sort());
    }
    const order = this.#drawn ?? [];
    await commands.load(eventId, 1, order.slice(0, 2));
    this.#heard[on] = this.#model.look(this.#heard[on]).heard;
    if (!toTheEnd) return;
    await commands.load(eventId, 3, order.slice(2));
    this.#heard[on] = this.#model.look(this.#heard[on]).heard;
    const { lobby } = this.#model;
    const placed = await commands.draw(eventId);
    const { line } = await this.#room.look();
    const drawn = line.map(({ userId }) => userId).filter((user) => lobby.includes(user));
    // Those who came too late stand behind, in no order that was promised.
    const late = drawn.filter((user) => !order.includes(user));
    const { heard, ...expected } = this.#model.draw(this.#heard[on], order, late);
    expect(placed).toBe(expected.placed);
    this.#heard[on] = heard;
    if (phase === 'drawing') this.#guests.drawn(order, drawn);
  }

  /**
   * A lobby that was lost after its start and before its lot opens again. Who was given a place in line in between may come back to
   * one that the lot has given to another one: then they stand side by side, and nothing is promised of who is first.
   */
  #isLotAnew(): boolean {
    const { startsAt = Number.POSITIVE_INFINITY } = this.#room.rules;
    if (this.#model.currentPhase() === 'lobby' && this.#room.now() >= startsAt) this.#lotAnew = true;
    const { line } = this.#model;
    return this.#lotAnew && new Set(line.map(({ sequence }) => sequence)).size < line.length;
  }

  async #compare(): Promise<void> {
    const { line, inside, lobby, ends } = await this.#room.look();
    same(line, this.#model.line);
    same(inside.sort(), this.#model.inside.sort());
    same(lobby.sort(), this.#model.lobby.sort());
    expect(Object.values(ends).every((ms) => ms > 0)).toBe(true);
    expect(new Set(line.map(({ sequence }) => sequence)).size).toBe(line.length);
    if (this.#lotAnew) return;
    // Nobody overtakes: as they came, so they stand.
    const arrivals = this.#guests.arrivalsOf(line);
    same(
      arrivals,
      [...arrivals].sort((one, other) => one - other),
    );
  }

  /** Whatever happened: as soon as there is room for them, those who are there get in, in their order. */
  async #everybodyGetsIn(): Promise<void> {
    const { rules } = this.#room;
    if (this.#model.currentPhase() !== 'open') return;
    rules.threshold = 3 * PEOPLE;
    rules.paused = false;
    rules.drainPerSecond = undefined;
    const everybody = people.map((_, user) => ({ user, shows: 'nothing' as const }));
    // A line that stood still until now gets its time to form again.
    await this.#do([{ verb: 'visit', on: 0, mode: 'status', people: everybody }]);
    await this.#timePasses(2);
    const { present } = this.#model;
    await this.#do([{ verb: 'admit', on: 1 }]);
    const { line, inside } = await this.#room.look();
    expect(line).toEqual([]);
    expect(inside).toEqual(expect.arrayContaining(present));
  }
}

/** The runner's comparison takes longer than Redis: it is asked where there is something to tell. */
function same(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
