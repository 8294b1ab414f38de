-- Lets a user in, or takes him into the line, or finds him where he already is.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3 user
-- Returns: see standing() in library.lua
local user = ARGV[3]
reap()
local state = renew(user)
if state == 'outside' then
  -- A newcomer enters only where there is room and nobody waits: room that is free at this moment belongs to the line.
  if redis.call('ZCARD', waiting) == 0 and redis.call('ZCARD', active) < threshold then
    redis.call('ZADD', active, now + ttl, user)
    state = 'inside'
  else
    if redis.call('ZCARD', waiting) == 0 then
      -- A new line, and a new measurement: what the last one moved says nothing of how fast this one will.
      redis.call('HSET', counters, 'since', now)
      redis.call('DEL', rate)
    end
    redis.call('ZADD', waiting, redis.call('HINCRBY', counters, 'seq', 1), user)
    redis.call('ZADD', seen, now, user)
    state = 'waiting'
  end
end
keep()
return standing(user, state)
