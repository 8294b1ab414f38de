import type { PosterSettings } from '../../../config/config.ts';
import type { Db } from '../../../database/database.ts';
import { folderStore } from './folder.ts';
import { postgresStore } from './postgres.ts';
import { s3Store } from './s3.ts';
import type { PosterStore } from './store.ts';

export function openStore(settings: PosterSettings, db: Db): PosterStore {
  if (settings.kind === 'folder') return folderStore(settings.folder);
  return settings.kind === 's3' ? s3Store(settings) : postgresStore(db);
}
