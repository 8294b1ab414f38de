-- Stands before each of the scripts in this folder; not a script of its own.
--
-- KEYS, the same in every script (one event; its id is the hash tag, so all of them are on one node of a cluster).
-- A user is 22 characters: the UUID in base64url. A sorted set with its 36 would take 16 bytes more a user.
--   1 waiting   sorted set  user -> sequence * 2^22 + contact: the line, in order of arrival. Contact is the time of the last
--                           one, in tenths of a second modulo 2^22 (4.8 days): one set holds the order and the presence
--   2 active    sorted set  user -> time in ms at which this user's entry ends: the people inside
--   3 called    sorted set  user -> time in ms of the last contact of one who was let in from the line; until he uses the entry.
--                           Below 0: he left at this time, and what he was given before is void
--   4 lobby     sorted set  user -> contact in tenths of a second: those who wait for the lot
--   5 drawn     sorted set  user -> as in waiting: the result of the lot, while it is being written
--   6 counters  hash        see the table `room`
--   7 stats     hash        see stats.lua
--   8 marks     sorted set  "<time in ms>:<estimate in s>" -> sequence: when a place was given, and what its owner was told
-- ARGV, the same in every script:
--   1 shift        ms to add to Redis' clock: 0, but where a test or a simulation moves time
--   2 threshold    how many may be inside
--   3 insideTtl    ms of silence after which a place inside is given up
--   4 waitingTtl   the same of a place in line or in the lobby
--   5 paused       1: nobody is let in
--   6 drain        people let in a second at most; 0: no limit
--   7 opensAt      ms at which the lobby opens; 0: there is none
--   8 startsAt     ms at which the lot is drawn; 0: no lobby
--   9 reform       ms that a lost line is given to form again before it moves
--   10 knownBorn   what the caller knew of this room when it heard of it last (0: nothing): when it began,
--   11 knownKept   when it was last kept,
--   12 knownSeq    the last sequence number given,
--   13 knownInside how many were inside,
--   14 knownLine   1: somebody waited
--   15 stillMs     a line where nothing was done for so many ms stood still: it is moved more often than that
--   16 drawn       1: the lot is drawn, and its order stored
--   17 away        ms for which the caller could not reach Redis since it heard of this room last
-- Time is Redis' own, so that the instances' clocks don't matter.
local waiting, active, called, lobby = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local drawn, counters, stats, marks = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local threshold, insideTtl, waitingTtl = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local paused, drain = ARGV[5] == '1', tonumber(ARGV[6])
local opensAt, startsAt, reformMs = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local knownBorn, knownKept = tonumber(ARGV[10]), tonumber(ARGV[11])
local knownSeq, knownInside, knownLine = tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14] == '1'
local stillMs, isDrawn, away = tonumber(ARGV[15]), ARGV[16] == '1', tonumber(ARGV[17])
local COMMON = 17
local clock = redis.call('TIME')
local now = clock[1] * 1000.0 + math.floor(clock[2] / 1000) + tonumber(ARGV[1])
local longestTtl = math.max(insideTtl, waitingTtl)
local SEQ, HALF = 4194304.0, 2097152.0
-- Places that a room may have given after it was last heard of; no more than that are given while it forms again.
local BEYOND = 1000000.0
-- ms within which the instances hear of the same state, and a replica has it.
local TOGETHER = 5000.0
local HOUR = 3600000.0

local FIELDS = { 'born', 'kept', 'seq', 'closed', 'markAt', 'markSeq', 'reborn', 'alive', 'hold', 'believed', 'returned', 'cleared',
  'drainAt', 'drainLeft', 'drainUsed', 'rateAt', 'rateInside', 'rateIn', 'rateStay', 'rateEnds', 'rateGuess', 'rateLine', 'rateGone',
  'sweepDue', 'sweepFrom', 'sweepNext' }
-- born: when the room began, its identity; kept: when its keys were last given an end; seq: the last sequence number given;
-- closed: the start whose lobby is closed; mark…: the last of the marks;
-- reborn: when it was found that Redis had lost the room or stood still; alive: the last sign of life before that; hold: until
-- when nobody is let in, so that the line can form again; believed: how many were inside at the loss; returned: how many of
-- them came back; cleared: when everybody was sent home; drain…: when it was refilled, how many may be let in, and how many were in
-- this second; rate…: see stats.lua; sweep…: see
-- sweep.lua
local room = {}
for index, value in ipairs(redis.call('HMGET', counters, (unpack or table.unpack)(FIELDS))) do
  room[FIELDS[index]] = tonumber(value or 0) or 0
end
local exists = room.born > 0
local changed = {}

local function set(field, value)
  room[field] = value
  changed[field] = true
end

local function contactNow() return math.floor(now / 100) % SEQ end

-- Tenths of a second since a contact. A clock that was set back a little makes nobody silent.
local function age(contact)
  local tenths = (contactNow() - contact) % SEQ
  return tenths < HALF and tenths or 0
end

-- Sequence and contact of a score of the line.
local function place(score)
  local seq = math.floor(score / SEQ)
  return seq, score - seq * SEQ
end

local function isSilent(contact) return age(contact) * 100 >= waitingTtl end

-- Those who were inside at a loss, and may be still: their entry isn't over, and they haven't come back.
local function absent(at)
  if room.reborn == 0 or at >= room.reborn + insideTtl then return 0 end
  return math.max(0, room.believed - room.returned)
end

local reformed = 0
-- The room is not what it was: Redis was flushed, began anew or went back in time, or everything stood still. Whoever proves
-- his place gets it back; until it is clear who does, those who were inside count as inside, and a line doesn't move.
-- Of those who were inside `back` are known to be there.
local function reform(alive, inside, line, back)
  if room.reborn <= alive then
    reformed = 1
    set('reborn', now)
    set('alive', alive)
    set('believed', 0)
    set('returned', back)
    set('hold', 0)
  end
  -- Whoever knew it last knows best: what somebody remembers of an hour ago shuts no room.
  if alive > room.alive + TOGETHER then set('believed', inside)
  elseif alive > room.alive - TOGETHER then set('believed', math.max(room.believed, inside))
  else line = false end
  set('alive', math.max(room.alive, alive))
  if line then set('hold', room.reborn + reformMs) end
end

local function findLoss()
  local function insideSince(time) return redis.call('ZCOUNT', active, string.format('%.0f', time), '+inf') end
  -- While Redis was away nobody could go on, so what was known before is still so.
  local recent = knownBorn > 0 and now < knownKept + 1.5 * longestTtl + away and knownKept > room.cleared
  if recent and (room.born ~= knownBorn or room.kept < knownKept) then
    -- Those whom a state of a moment ago has inside are among those who were. Of an older one they may have left since.
    local wentBack = room.born == knownBorn
    if wentBack and knownKept > room.kept + TOGETHER then redis.call('DEL', active, called) end
    reform(knownKept, knownInside, knownLine, wentBack and insideSince(now + 1) or 0)
    if not exists then set('born', now) end
    if room.seq < knownSeq + BEYOND then set('seq', knownSeq + BEYOND) end
    exists = true
  end
  -- A line is moved every second. Where nothing was done for so long, nobody could show that he is there.
  if exists and room.kept > 0 and now - room.kept > stillMs
    and redis.call('ZCARD', waiting) + redis.call('ZCARD', lobby) > 0 then
    reform(room.kept, insideSince(room.kept) + absent(room.kept), true, insideSince(now + 1))
  end
end
findLoss()
redis.call('ZREMRANGEBYSCORE', active, '-inf', string.format('%.0f', now))
redis.call('ZREMRANGEBYSCORE', called, 1, string.format('%.0f', now - insideTtl))

-- early: the lobby isn't open yet; lobby: it is; drawing: it is closed and its lot not drawn; open
-- A lobby that was lost just before its lot was drawn is open until those who were in it can be back.
local phase = 'open'
if opensAt > 0 then
  if now < opensAt then phase = 'early'
  elseif now < startsAt or (not isDrawn and now < room.hold) then phase = 'lobby'
  elseif redis.call('ZCARD', lobby) > 0 then phase = 'drawing' end
end
if phase == 'early' or phase == 'lobby' then
  -- Nobody is inside or in line before the lot: whoever was, because the lobby was set after he came, takes part in it.
  for _, key in ipairs({ active, phase == 'lobby' and waiting or nil }) do
    for _, user in ipairs(phase == 'lobby' and redis.call('ZRANGE', key, 0, -1) or {}) do
      redis.call('ZADD', lobby, string.format('%.0f', math.floor(now / 100)), user)
    end
    redis.call('DEL', key)
  end
  if room.believed > room.returned then set('returned', room.believed) end
end
local lobbySize = redis.call('ZCARD', lobby)
if phase == 'drawing' and room.closed ~= startsAt then
  -- Who comes from now on stands behind all of them.
  set('closed', startsAt)
  if room.seq < lobbySize then set('seq', lobbySize) end
end

-- Whether what was given before a loss can still be claimed.
local function isForming() return room.reborn > 0 and now < room.reborn + longestTtl end

local function insideNow() return redis.call('ZCARD', active) + absent(now) end
local function lineNow() return redis.call('ZCARD', waiting) end
-- In the lobby, as long as there is one: they will stand before everybody who waits already.
local function aheadOfLine() return phase == 'open' and 0 or redis.call('ZCARD', lobby) end

-- How many may be let in at this moment.
local function free()
  if paused or phase ~= 'open' or now < room.hold then return 0 end
  local count = math.max(0, threshold - insideNow())
  if drain > 0 then
    local most = math.ceil(drain)
    -- One more than a second's worth may gather: where it is asked for once a second, the part of a person that is left over isn't lost.
    set('drainLeft', math.min(drain + 1, room.drainLeft + math.max(0, now - room.drainAt) / 1000 * drain))
    if room.drainAt == 0 then set('drainLeft', 1) end
    if math.floor(now / 1000) ~= math.floor(room.drainAt / 1000) then set('drainUsed', 0) end
    set('drainAt', now)
    count = math.min(count, math.floor(room.drainLeft), most - room.drainUsed)
  end
  return count
end

local function letIn(user)
  redis.call('ZADD', active, string.format('%.0f', now + insideTtl), user)
  set('rateIn', room.rateIn + 1)
  if drain > 0 then
    set('drainLeft', room.drainLeft - 1)
    set('drainUsed', room.drainUsed + 1)
  end
end

local function standInLine(user, seq)
  redis.call('ZADD', waiting, string.format('%.0f', seq * SEQ + contactNow()), user)
end

-- Writes what changed, and gives every key an end: nothing outlives the last contact by more than two times to live, so that
-- an event that nobody asks for leaves nothing behind but the last hour's numbers. The sequence may go with the rest, for it goes only when nobody waits.
local function keep()
  if room.born == 0 then set('born', now) end
  -- Whatever the clock does: a room that was kept later than it says has gone back.
  set('kept', math.max(room.kept, now))
  local fields = { counters }
  for field in pairs(changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = string.format('%.6f', room[field])
  end
  redis.call('HSET', (unpack or table.unpack)(fields))
  local ends = string.format('%.0f', longestTtl * 2)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ends) end
  redis.call('PEXPIRE', stats, string.format('%.0f', math.max(longestTtl * 2, HOUR)))
end

-- How the reply of every script begins: born, kept, last sequence, people in line and in the lobby, people inside, the last
-- sequence that was served, now, reborn (0 once nothing can be claimed any more), 1 if a loss was found just now, phase
local function header()
  local ahead = aheadOfLine()
  local served = room.seq
  local head = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
  if #head > 0 then served = math.max(0, place(tonumber(head[2])) - 1 - ahead) end
  return { room.born, room.kept, room.seq, lineNow() + ahead, insideNow(), served, now, isForming() and room.reborn or 0, reformed, phase }
end
