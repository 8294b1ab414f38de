-- Moves the head of the line inside, as far as there is room. Reaping, counting and moving are one step, so that any number of
-- instances may do it at once and the threshold is never passed.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3 the most to admit in one go
-- ARGV 4 ms between two announcements, however many instances there are and however many people leave
-- Returns: queue size, people inside,
--          announcement: 0 if the last one still holds, 1 if the caller is to announce these numbers, 2 if it is too early to,
--          and the users admitted, in order
reap()
local room = math.min(threshold - redis.call('ZCARD', active), tonumber(ARGV[3]))
local head = {}
if room > 0 then head = redis.call('ZRANGE', waiting, 0, room - 1) end
local admitted = {}
for _, user in ipairs(head) do
  -- Where more fell silent than are reaped at once, some of them still stand here: no room is kept for the absent.
  local present = tonumber(redis.call('ZSCORE', seen, user) or 0) > now - ttl
  redis.call('ZREM', waiting, user)
  redis.call('ZREM', seen, user)
  if present then
    redis.call('ZADD', active, now + ttl, user)
    admitted[#admitted + 1] = user
  end
end
if #admitted > 0 then
  local bucket = math.floor(now / BUCKET_MS)
  if redis.call('HINCRBY', rate, bucket, #admitted) == #admitted then
    for _, old in ipairs(redis.call('HKEYS', rate)) do
      if tonumber(old) <= bucket - BUCKETS then redis.call('HDEL', rate, old) end
    end
  end
end

local size, inside = redis.call('ZCARD', waiting), redis.call('ZCARD', active)
-- Where nobody is left there is nothing to remember.
local state = size + inside > 0 and size .. '/' .. inside .. '/' .. threshold
local announcement = 0
if state ~= redis.call('HGET', counters, 'announced') then
  local last = tonumber(redis.call('HGET', counters, 'announcedAt') or 0)
  announcement = now - last < tonumber(ARGV[4]) and 2 or 1
end
if announcement == 1 then
  redis.call('HSET', counters, 'announcedAt', now)
  if state then redis.call('HSET', counters, 'announced', state) else redis.call('HDEL', counters, 'announced') end
end
if announcement == 1 or #admitted > 0 then keep() end

local reply = { size, inside, announcement }
for _, user in ipairs(admitted) do reply[#reply + 1] = user end
return reply
