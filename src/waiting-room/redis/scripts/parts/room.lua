-- The state of the room: one hash that a script reads once, changes in memory and writes once.
--
-- born                 when the room began: its identity
-- kept                 when its keys were last given an end
-- seq                  the last sequence number given
-- closed               the start of the sale for which the lobby was closed
-- cleared              when an administrator sent all users home
-- markAt, markSeq      the last of the marks, see estimate.lua
-- reborn, formed, alive, hold, believed, returned      what is known of a loss, see notice-loss.lua
-- drainAt, drainLeft, drainUsed                when the drain was refilled, how many users it lets in, how many it let in in this second
-- rateAt, rateInside, rateIn, rateStay, rateEnds, rateGuess, rateLine, rateGone     see rates.lua
-- sweepFrom, sweepOldest, sweptOldest          see sweep.lua
local FIELDS = { 'born', 'kept', 'seq', 'closed', 'markAt', 'markSeq', 'reborn', 'formed', 'alive', 'hold', 'believed', 'returned', 'cleared',
  'drainAt', 'drainLeft', 'drainUsed', 'rateAt', 'rateInside', 'rateIn', 'rateStay', 'rateEnds', 'rateGuess', 'rateLine', 'rateGone',
  'sweepFrom', 'sweepOldest', 'sweptOldest' }
local HOUR = 3600000.0

local room, changed = {}, {}
-- Whether there is a room to keep. A verb sets it when it makes one.
local exists = false

local function set(field, value)
  room[field] = value
  changed[field] = true
end

-- Reads the state. Every verb begins with this.
local function openRoom()
  for index, value in ipairs(redis.call('HMGET', state, unpack(FIELDS))) do
    room[FIELDS[index]] = tonumber(value or 0) or 0
  end
  exists = room.born > 0
end

-- Writes the fields that changed, and gives every key an end. Nothing outlives the last contact by more than two times to live, but for
-- the numbers of the last hour: an event without visitors leaves nothing behind. The sequence may end too, since by then no user waits.
local function keepRoom()
  if not exists then return end
  if room.born == 0 then set('born', now) end
  -- Not earlier than before, even if the clock is set back: a smaller value means that Redis lost something.
  set('kept', math.max(room.kept, now))
  local fields = { state }
  for field in pairs(changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = string.format('%.6f', room[field])
  end
  redis.call('HSET', unpack(fields))
  local ends = whole(longestTtl * 2)
  for _, key in ipairs(KEYS) do
    if key ~= stats then redis.call('PEXPIRE', key, ends) end
  end
  redis.call('PEXPIRE', stats, whole(math.max(longestTtl * 2, HOUR)))
end
