/** The client of the Tiketi ticket service, for browsers and for Node. */

export type {
  ClientEventPayloads,
  ServerEventPayloads,
} from '../contract/socket-types.ts';
export {
  type ClientErrorCode,
  type ErrorCode,
  type PlaceInLine,
  type ProblemDetail,
  TiketiError,
  type TiketiErrorOptions,
} from './error.ts';
export { createTiketiClient, type TiketiClientOptions } from './http/client.ts';
export type { TiketiClient } from './http/operations.ts';
export type * from './http/types.ts';
export { type LotteryPlace, type LotteryVerdict, verifyLotteryPlace } from './lottery.ts';
export { positionInLine } from './places.ts';
export type { RefreshToken, Token } from './session.ts';
export { createTiketiSocket } from './socket/socket.ts';
export type {
  ClientEvent,
  TiketiSocket,
  TiketiSocketEvents,
  TiketiSocketOptions,
} from './socket/socket-types.ts';
export type {
  SeatsStep,
  SeatWatch,
  StockLevel,
  StockStep,
  StockWatch,
  WatchedSeat,
  WatchOptions,
} from './watch/types.ts';
