import type { PosterSettings } from '../../../config/config.ts';
import type { Db } from '../../../database/database.ts';
import { folderStore } from './folder.ts';
import { postgresStore } from './postgres.ts';
import { s3Store } from './s3.ts';

export interface StoredImage {
  /** A UUID of its own for each upload, so that deleting an old image never meets a new one. */
  key: string;
  eventId: string;
  type: string;
  bytes: Buffer;
}

/** Where the images are. What is known of them stands in the table `posters`. */
export interface PosterStore {
  put(image: StoredImage): Promise<void>;
  /** @param db for a store in PostgreSQL: whose connections to read on */
  get(key: string, db: Db): Promise<Buffer | undefined>;
  delete(key: string): Promise<void>;
}

export function openStore(settings: PosterSettings, db: Db): PosterStore {
  if (settings.kind === 'folder') return folderStore(settings.folder);
  return settings.kind === 's3' ? s3Store(settings) : postgresStore(db);
}
