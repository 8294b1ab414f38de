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
