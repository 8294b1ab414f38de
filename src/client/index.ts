/** The client of the Tiketi ticket service, for browsers and for Node. */

export type {
  ClientEventPayloads,
  ServerEventPayloads,
} from '../contract/socket-types.ts';
export { createTiketiClient, type TiketiClientOptions } from './client.ts';
export {
  type ClientErrorCode,
  type ErrorCode,
  type PlaceInLine,
  type ProblemDetail,
  TiketiError,
  type TiketiErrorOptions,
} from './error.ts';
export { type LotteryPlace, type LotteryVerdict, verifyLotteryPlace } from './lottery.ts';
export type { TiketiClient } from './operations.ts';
export { positionInLine } from './places.ts';
export type { RefreshToken, Token } from './session.ts';
export { createTiketiSocket } from './socket.ts';
export type { ClientEvent, TiketiSocket, TiketiSocketEvents, TiketiSocketOptions } from './socket-events.ts';
export type * from './types.ts';
