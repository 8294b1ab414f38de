-- Lets users in who are inside already, or may enter because nobody waits. Leaves the others where they are.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3.. users
-- Returns: queue size, people inside, and for each user 'inside', 'waiting' or 'outside'
reap()
local size, inside = redis.call('ZCARD', waiting), redis.call('ZCARD', active)
local reply = { size, inside }
for index = 3, #ARGV do
  local state = renew(ARGV[index])
  -- Room that is free at this moment belongs to the line, if there is one.
  if state == 'outside' and size == 0 and inside < threshold then
    redis.call('ZADD', active, now + ttl, ARGV[index])
    inside = inside + 1
    state = 'inside'
  end
  reply[index] = state
end
reply[2] = inside
keep()
return reply
