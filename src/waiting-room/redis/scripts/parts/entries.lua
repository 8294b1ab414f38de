-- The entries of the users inside.

-- How many entries a command moves. The next ones go on.
local MOVED_AT_ONCE = 1000

-- Gives another end to entries that end between two moments.
local function moveEnds(from, to, ends)
  for _, user in ipairs(redis.call('ZRANGEBYSCORE', inside, from, to, 'LIMIT', 0, MOVED_AT_ONCE)) do
    redis.call('ZADD', inside, ends, user)
  end
end

-- Ends the entries that ran out. Entries that were given under a longer time to live end with the present one, a part of them at a time:
-- only a new QUEUE_TTL_SECONDS makes such entries.
local function endEntries()
  local latest, over = whole(now + insideTtl), now
  moveEnds('(' .. latest, '+inf', latest)
  -- Entries from before a loss last for as long as a proof would bring their owners back, who may not have been able to renew them.
  if keepsPlaces(now) then
    over = math.min(now, room.reborn)
    moveEnds('(' .. whole(over), whole(now), whole(room.reborn + insideTtl))
  end
  redis.call('ZREMRANGEBYSCORE', inside, '-inf', whole(over))
  redis.call('ZREMRANGEBYSCORE', called, '-inf', whole(over - insideTtl))
end
