import type { ColumnType } from 'kysely';

/** A time is read as an ISO 8601 string in UTC (see database.ts). */
export type Time = ColumnType<string, string | Date, string | Date>;
export type GeneratedTime = ColumnType<string, string | Date | undefined, string | Date>;
