-- The users in line and in the lobby.
--
-- The score of a user in line is sequence * SEQUENCE + contact: see arguments.lua.
local SEQUENCE, HALF = 4194304.0, 2097152.0

local function contactNow() return math.floor(now / 100) % SEQUENCE end

-- Tenths of a second since a contact. A clock that was set back a little makes no user silent.
local function age(contact)
  local tenths = (contactNow() - contact) % SEQUENCE
  return tenths < HALF and tenths or 0
end

local function isSilent(contact) return age(contact) * 100 >= waitingTtl end

-- Returns the sequence and the contact in the score of a user in line.
local function readScore(score)
  local seq = math.floor(score / SEQUENCE)
  return seq, score - seq * SEQUENCE
end

local function lineNow() return redis.call('ZCARD', waiting) end

-- The sequence number of a user who joins the line now.
local function nextSeq()
  set('seq', room.seq + 1)
  return room.seq
end

local function standInLine(user, seq) redis.call('ZADD', waiting, whole(seq * SEQUENCE + contactNow()), user) end

local function waitInLobby(user) redis.call('ZADD', lobby, whole(math.floor(now / 100)), user) end

-- Ends the entries that ran out. Entries that were given under a longer time to live end with the present one, a part of them at a time:
-- only a new QUEUE_TTL_SECONDS makes such entries.
local SHORTENED_AT_ONCE = 1000
local function endEntries()
  local latest = whole(now + insideTtl)
  for _, user in ipairs(redis.call('ZRANGEBYSCORE', inside, '(' .. latest, '+inf', 'LIMIT', 0, SHORTENED_AT_ONCE)) do
    redis.call('ZADD', inside, latest, user)
  end
  redis.call('ZREMRANGEBYSCORE', inside, '-inf', whole(now))
  redis.call('ZREMRANGEBYSCORE', called, '-inf', whole(now - insideTtl))
end
