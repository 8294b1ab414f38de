-- Moves the head of the line inside, as far as there is room. Reaping, counting and moving are one step, so that any number of
-- instances may do it at once and the threshold is never passed.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3 the most to admit in one go
-- Returns: queue size, people inside, 1 if this differs from what was last announced (the caller then announces it), else 0,
--          and the users admitted, in order
reap()
local room = math.min(threshold - redis.call('ZCARD', active), tonumber(ARGV[3]))
local admitted = {}
if room > 0 then admitted = redis.call('ZRANGE', waiting, 0, room - 1) end
for _, user in ipairs(admitted) do
  redis.call('ZREM', waiting, user)
  redis.call('ZREM', seen, user)
  redis.call('ZADD', active, now + ttl, user)
end
if #admitted > 0 then
  local bucket = math.floor(now / BUCKET_MS)
  if redis.call('HINCRBY', rate, bucket, #admitted) == #admitted then
    for _, old in ipairs(redis.call('HKEYS', rate)) do
      if tonumber(old) <= bucket - BUCKETS then redis.call('HDEL', rate, old) end
    end
  end
  keep()
end
local size, inside = redis.call('ZCARD', waiting), redis.call('ZCARD', active)
local state = size .. '/' .. inside .. '/' .. threshold
local changed = 0
if size + inside == 0 then
  -- Where nobody is left there is nothing to remember: a key without an end must not be made for an empty event.
  changed = redis.call('HDEL', counters, 'announced')
elseif redis.call('HGET', counters, 'announced') ~= state then
  redis.call('HSET', counters, 'announced', state)
  changed = 1
end
local reply = { size, inside, changed }
for _, user in ipairs(admitted) do reply[#reply + 1] = user end
return reply
