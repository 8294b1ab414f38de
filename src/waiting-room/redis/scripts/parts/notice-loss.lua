-- A room is lost when Redis was flushed, began anew or went back in time, and as good as lost when everything stood still. It then forms
-- again: users who prove their place get it back. Until it is clear who they are, all who were inside count as inside, and the line
-- doesn't move.
--
-- Fields of the room: reborn, when the loss was noticed (0: never); formed, `reborn` of the last loss after which it has formed again, so
-- that a later loss counts anew, even if an instance of an earlier build notices it; alive, the last sign of life before the loss; hold,
-- until when no user is let in; believed, how many users were inside at the loss; returned, how many of them came back.

-- Sequence numbers that the room may have given after the instance last heard of it. No more are given while it forms again.
local BEYOND = 1000000.0
-- Within this many ms the instances hear of the same state, and a replica has it.
local TOGETHER = 5000.0

-- 1 if this very script noticed a loss.
local reformed = 0
-- Whether an instance knew a later state of the room than this one, and so how many users were inside.
local isCounted = false

-- Whether the room has had its time to form again after its last loss, if there was one.
local function hasFormed() return room.reborn == 0 or room.formed == room.reborn end

-- Whether proofs from before a loss still count.
local function isForming() return not hasFormed() and now < room.reborn + longestTtl end

-- Ends the forming for good: a longer time to live that is set later must not bring old proofs back, nor users who left since, nor the
-- places that were kept for users inside.
local function finishForming()
  if hasFormed() or isForming() then return end
  set('formed', room.reborn)
  redis.call('DEL', left)
end

-- Whether proofs of a place inside from before a loss count at a moment.
local function keepsPlaces(at) return not hasFormed() and at < room.reborn + insideTtl end

-- Users who were inside at the loss and may still be: their entry has not ended, and they have not come back.
local function absent(at) return keepsPlaces(at) and math.max(0, room.believed - room.returned) or 0 end

local function insideNow() return redis.call('ZCARD', inside) + absent(now) end

-- Begins to form again, or adds what one more instance knows of the same loss.
--   alive    the last sign of life that the instance knows
--   people   how many users were inside then
--   line     whether users waited
--   back     how many of those who were inside have their places already
local function formAgain(alive, people, line, back)
  -- After a failover to a clock that is a little late, `reborn` lies before the last sign of life, and doesn't tell the losses apart.
  local isSame = reformed == 1 or (alive <= room.alive and alive > room.alive - TOGETHER)
  if room.reborn <= alive and not isSame then
    reformed = 1
    set('reborn', now)
    set('alive', alive)
    set('believed', 0)
    set('returned', back)
    set('hold', 0)
  end
  -- Prefer the most recent observation. A stale one must not close the room.
  if alive > room.alive + TOGETHER then set('believed', people)
  elseif alive > room.alive - TOGETHER then set('believed', math.max(room.believed, people))
  else line = false end
  set('alive', math.max(room.alive, alive))
  if line then set('hold', room.reborn + reformMs) end
end

-- Users whose entry has not ended by itself.
local function stillInside() return redis.call('ZCOUNT', inside, whole(now + 1), '+inf') end

-- Compares the room with what an instance knew of it, which is in the arguments from this one on.
local function compareWith(first)
  local born, kept, seq = tonumber(ARGV[first]), tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local recent = born > 0 and now < tonumber(ARGV[first + 5]) and kept > room.cleared
  -- After a failover that lost the last writes, an instance that had not heard of them may have kept the room since. The sequence
  -- never goes back either, so it shows the loss until as many new places are given.
  local lost = room.born ~= born or room.kept < kept or room.seq < seq
  if not (recent and lost) then return end
  local wentBack = room.born == born
  -- Users inside a state of a moment ago are among those who were inside. From an older state they may have left since.
  if wentBack and kept > room.kept + TOGETHER then
    redis.call('DEL', inside, called, left)
    set('returned', 0)
  end
  if wentBack and kept >= room.kept then isCounted = true end
  local people, line = tonumber(ARGV[first + 3]), ARGV[first + 4] == '1'
  formAgain(kept, people, line, wentBack and stillInside() or 0)
  if not exists then set('born', now) end
  if room.seq < seq + BEYOND then set('seq', seq + BEYOND) end
  exists = true
end

-- Every verb calls this before it looks at any place.
local function noticeLoss()
  -- The newer knowledge first: what is older then counts for less.
  compareWith(NEWS)
  compareWith(OWN_KNOWLEDGE)
  -- The instances move a line every second. While nothing was done, no user could show their presence.
  if exists and room.kept > 0 and now - room.kept > stillMs and lineNow() + redis.call('ZCARD', lobby) > 0 then
    -- The last command left no entry but those that count, though the ends of some may lie before it: see entries.lua.
    local people = isCounted and 0 or redis.call('ZCARD', inside) + absent(room.kept)
    formAgain(room.kept, people, true, stillInside())
  end
end
