/** A name for a user with something else: his claims in an event, an answer under a key. Also that of the lock on his claims. */
export const pairKey = (userId: string, other: string) => `${userId}/${other}`;

/** The name of the lock on an idempotency key, while its request is being answered. */
export const keyLock = (userId: string, key: string) => `key/${pairKey(userId, key)}`;
