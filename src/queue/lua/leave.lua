-- Gives up the place of a user, inside or in line.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3 user
-- Returns: 1 if there was a place, else 0
local user = ARGV[3]
reap()
redis.call('ZREM', seen, user)
return redis.call('ZREM', waiting, user) + redis.call('ZREM', active, user)
