import type { Db } from '../../../database/database.ts';

interface StoredImage {
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
