-- Writes a mark that stays, and renews it.
-- KEYS[1]: the mark
-- ARGV: a new mark, for a Redis that has none; how many seconds it lives
-- Returns: the mark that Redis has
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
