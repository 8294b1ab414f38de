-- Counts the people of an event.
-- KEYS, ARGV 1-2: see library.lua
-- Returns: queue size, people inside
reap()
return { redis.call('ZCARD', waiting), redis.call('ZCARD', active) }
