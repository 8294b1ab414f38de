/** Names a user together with an event or a key. Also the name of the lock on the user's claims in the event. */
export const pairKey = (userId: string, other: string) => `${userId}/${other}`;

/** The name of the lock on an idempotency key, held while its request is being answered. */
export const keyLock = (userId: string, key: string) => `key/${pairKey(userId, key)}`;
