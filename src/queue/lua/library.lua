-- Stands before each of the scripts in this folder; not a script of its own.
--
-- KEYS, the same in every script (one event; its id is the hash tag, so all of them are on one node of a cluster):
--   1 waiting   sorted set  user -> sequence number: the line, in order of arrival
--   2 active    sorted set  user -> time in ms at which this user's entry ends: the people inside
--   3 seen      sorted set  user -> time in ms of the last contact of one who waits
--   4 counters  hash        seq: the last sequence number given; announced: the last state that was broadcast;
--                           announcedAt: time in ms of that; since: time in ms since which people have been waiting
--                           without a break
--   5 rate      hash        ten-second bucket -> admissions from this line in it
-- ARGV, the same in every script:
--   1 threshold  how many may be inside
--   2 ttl        ms of silence after which a place is given up
-- Time is Redis' own, so that the instances' clocks don't matter.
local waiting, active, seen, counters, rate = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local threshold, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local BUCKET_MS, BUCKETS, REAPED_AT_ONCE = 10000, 12, 1000

-- Gives up the places of those who fell silent. Bounded: what is left is reaped by the next call.
local function reap()
  redis.call('ZREMRANGEBYSCORE', active, '-inf', now)
  local silent = redis.call('ZRANGEBYSCORE', seen, '-inf', now - ttl, 'LIMIT', 0, REAPED_AT_ONCE)
  for _, user in ipairs(silent) do
    redis.call('ZREM', waiting, user)
    redis.call('ZREM', seen, user)
  end
end

-- Nothing outlives the last contact by more than a time to live: an event that nobody asks for leaves no keys behind.
-- The sequence counter may go with the rest, for it goes only when nobody waits.
local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl * 2) end
end

-- Renews the place of one user. Returns 'inside', 'waiting' or 'outside'.
local function renew(user)
  if redis.call('ZSCORE', active, user) then
    redis.call('ZADD', active, now + ttl, user)
    return 'inside'
  end
  if redis.call('ZSCORE', waiting, user) then
    redis.call('ZADD', seen, now, user)
    return 'waiting'
  end
  return 'outside'
end

-- Admissions in the last two minutes, or since there is a line, and the ms in which they were counted.
local function measured()
  local newest = math.floor(now / BUCKET_MS)
  local oldest = newest - BUCKETS + 1
  local admitted = 0
  for bucket = oldest, newest do
    admitted = admitted + tonumber(redis.call('HGET', rate, bucket) or 0)
  end
  local since = tonumber(redis.call('HGET', counters, 'since') or now)
  return admitted, math.min(now - since, now % BUCKET_MS + (BUCKETS - 1) * BUCKET_MS)
end

-- The reply of every script that tells a user where he stands:
--   state, position from 1 (0 when not waiting), queue size, people inside, admissions measured, ms they were measured over
local function standing(user, state)
  local position = 0
  if state == 'waiting' then position = redis.call('ZRANK', waiting, user) + 1 end
  local admitted, over = measured()
  return { state, position, redis.call('ZCARD', waiting), redis.call('ZCARD', active), admitted, over }
end
