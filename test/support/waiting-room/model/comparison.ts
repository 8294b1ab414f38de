import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Commands } from '../../../../src/waiting-room/redis/commands.ts';
import type { RoomSettings, Standing } from '../../../../src/waiting-room/types.ts';
import { openWaitingRoom, type WaitingRoom } from '../room-harness.ts';
import { type Answer, nameOf, people, showing, start } from './actions.ts';
import type { Claim, Heard } from './lost-state.ts';
import { WaitingRoomModel } from './model.ts';
import { type Action, PEOPLE, type Step } from './steps.ts';
import { Visitors } from './visitors.ts';

/** In seconds. Every limit lies between two multiples and far from both, so that no moment falls on one, even if a clock jumps by a second. */
const UNIT = 200;
const SETTINGS = { insideTtlSeconds: 2_070, reformSeconds: 300 };
const TIMES = { insideTtl: 2_070_000, reform: 300_000 };
/** For those who wait: the default, and those that an event may set. */
const DEFAULT_WAITING_SECONDS = 2_880;
const WAITING_SECONDS = [DEFAULT_WAITING_SECONDS, 1_120, 5_080];
/** Proofs are dated back by this, so that everything that comes next is later. */
const MARGIN_MS = 50_000;

/** Takes the same steps in the waiting room, on two instances, and in the model, and compares every answer and the state. */
export class Comparison {
  readonly #room: WaitingRoom;
  readonly #instances: Commands[];
  #model!: WaitingRoomModel;
  #heard: (Heard | undefined)[] = [];
  #heardLast = 0;
  #visitors = new Visitors();
  #drawn: string[] | undefined;
  #lotAnew = false;
  #remembered: (() => Promise<void>) | undefined;

  /** @param spoil changes the settings that the second instance sees, for a control */
  constructor(redis: Redis, spoil?: (rules: RoomSettings) => RoomSettings) {
    this.#room = openWaitingRoom(redis, SETTINGS);
    this.#instances = [this.#room.commands, this.#room.instance({ spoil })];
  }

  /** @param lobbyOpensIn in units. Without it the event has no lobby. */
  async run(threshold: number, lobbyOpensIn: number | undefined, steps: Step[]): Promise<void> {
    this.#room.anew({ threshold, waitingTtlSeconds: DEFAULT_WAITING_SECONDS });
    if (lobbyOpensIn !== undefined) this.#setLobby(lobbyOpensIn);
    this.#model = new WaitingRoomModel(this.#room.rules, TIMES, this.#room.now);
    this.#heard = [];
    this.#visitors = new Visitors();
    this.#lotAnew = false;
    this.#remembered = undefined;
    for (const step of steps) {
      await this.#take(step);
      if (this.#isLotAnew()) return;
      await this.#compare();
    }
    await this.#everybodyPresentGetsIn();
  }

  /** Sets a lobby whose sale starts later and whose lottery is not drawn. */
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
        return this.#do(step.actions);
      case 'time passes':
        return this.#timePasses(step.units);
      case 'set':
        rules.threshold = step.threshold;
        rules.paused = step.paused;
        rules.drainPerSecond = step.drains ? 0.01 : undefined;
        return;
      case 'set a time to live':
        rules.waitingTtlSeconds = WAITING_SECONDS[step.choice] as number;
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

  /** Loses the state. The instance with the newest knowledge notices it, as it does by its next tick. */
  async #lose(what: 'everything' | 'what came since'): Promise<void> {
    await this.#timePasses(1);
    if (what === 'everything') {
      await this.#room.flush();
      this.#model.flush();
    } else await this.#remembered?.();
    await this.#do([{ verb: 'overview', on: this.#heardLast }]);
  }

  /** @returns restores the state of now */
  async #remember(): Promise<() => Promise<void>> {
    const room = await this.#room.snapshot();
    const others = [this.#model.snapshot(), this.#visitors.snapshot()];
    return async () => {
      await room();
      for (const putBack of others) putBack();
      this.#model.expire();
    };
  }

  /** Sends all actions before the first answer comes. */
  async #do(actions: Action[]): Promise<void> {
    const { eventId } = this.#room;
    const started = actions.map((action) => {
      const shown = new Map(
        showing(action).map(([user, shows]) => [user, this.#visitors.shown(user, shows)]),
      );
      const heard = this.#heard[action.on];
      const commands = this.#instances[action.on] as Commands;
      return { action, shown, ...start(action, { commands, eventId, shown, heard, model: this.#model }) };
    });
    const answers = await Promise.all(started.map(({ said }) => said));
    for (const [index, { action, model, shown }] of started.entries()) {
      const before = new Set(this.#model.inside);
      const found = answers[index] as Answer;
      const { heard, restored = [], ...expected } = model();
      if (this.#isLotAnew()) return;
      same({ action, ...found }, { action, ...expected });
      this.#heard[action.on] = heard;
      if (heard) this.#heardLast = action.on;
      this.#note(action, expected, shown, restored);
      // A user goes in only while there is room.
      if (restored.length > 0 || this.#model.inside.every((user) => before.has(user))) continue;
      expect(found.room.inside).toBeLessThanOrEqual(this.#room.rules.threshold);
      expect(this.#room.rules.paused).toBe(false);
    }
  }

  #note(action: Action, { standings }: Answer, shown: Map<string, Claim>, restored: string[]): void {
    const at = this.#room.now() - MARGIN_MS;
    if (action.verb === 'leave') this.#visitors.left(nameOf(action.user));
    if (action.verb === 'visit')
      for (const [index, [user, claim]] of [...shown].entries()) {
        const standing = (standings as Standing[])[index] as Standing;
        this.#visitors.told(user, standing, { claim, restored: restored.includes(user) }, at);
      }
    if (action.verb === 'clear') this.#visitors.cleared();
  }

  /** Draws the lobby, in an order that is drawn once. */
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
      // As all instances read it from PostgreSQL.
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
    // Late arrivals stand behind, in no promised order.
    const late = drawn.filter((user) => !order.includes(user));
    const { heard, ...expected } = this.#model.draw(this.#heard[on], order, late);
    expect(placed).toBe(expected.placed);
    this.#heard[on] = heard;
    if (phase === 'drawing') this.#visitors.drawn(order, drawn);
  }

  /**
   * A lobby that was lost after the start of its sale and before the draw opens again. A user who got a place in line in between may
   * come back to a sequence that the draw has given to another user. Then both have it, and nothing is promised about their order.
   */
  #isLotAnew(): boolean {
    const { startsAt = Number.POSITIVE_INFINITY } = this.#room.rules;
    if (this.#model.currentPhase() === 'lobby' && this.#room.now() >= startsAt) this.#lotAnew = true;
    const { line } = this.#model;
    return this.#lotAnew && new Set(line.map(({ sequence }) => sequence)).size < line.length;
  }

  async #compare(): Promise<void> {
    const { line, inside, lobby, returned, ends } = await this.#room.look();
    same(line, this.#model.line);
    same(inside.sort(), this.#model.inside.sort());
    same(lobby.sort(), this.#model.lobby.sort());
    // Together with the sequences in line: who came back by a proof, and not as a newcomer.
    expect(returned).toBe(this.#model.returned);
    expect(Object.values(ends).every((ms) => ms > 0)).toBe(true);
    expect(new Set(line.map(({ sequence }) => sequence)).size).toBe(line.length);
    if (this.#lotAnew) return;
    // No user overtakes another: the line has the order of arrival.
    const arrivals = this.#visitors.arrivalsOf(line);
    same(
      arrivals,
      [...arrivals].sort((one, other) => one - other),
    );
  }

  /** Whatever happened before, everybody present gets in as soon as there is room. */
  async #everybodyPresentGetsIn(): Promise<void> {
    const { rules } = this.#room;
    if (this.#model.currentPhase() !== 'open') return;
    rules.threshold = 3 * PEOPLE;
    rules.paused = false;
    rules.drainPerSecond = undefined;
    rules.waitingTtlSeconds = DEFAULT_WAITING_SECONDS;
    const everybody = people.map((_, user) => ({ user, shows: 'nothing' as const }));
    // A line that was stopped until now gets its time to form again.
    await this.#do([{ verb: 'visit', on: 0, mode: 'status', people: everybody }]);
    await this.#timePasses(2);
    const { present } = this.#model;
    await this.#do([{ verb: 'admit', on: 1 }]);
    const { line, inside } = await this.#room.look();
    expect(line).toEqual([]);
    expect(inside).toEqual(expect.arrayContaining(present));
  }
}

/** The runner's comparison takes longer than Redis, so that only a difference is left to it. */
function same(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
