-- The reply of every verb: the state of the room, then what the verb adds.
--
-- The state is twelve values: born, kept, the last sequence number given, users in line and in the lobby, users inside, the last sequence
-- number served, now, reborn (0 when proofs from before a loss count no more), 1 if this script noticed a loss, the phase, how many users
-- joined the line and how many gave it up by this script, both as in counts.lua.
local arrived, abandoned = 0, 0

local function replyWith(...)
  local ahead = aheadOfLine()
  local served = room.seq
  local head = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
  if #head > 0 then served = math.max(0, readScore(tonumber(head[2])) - 1 - ahead) end
  return { room.born, room.kept, room.seq, lineNow() + ahead, insideNow(), served, now, isForming() and room.reborn or 0, reformed, phase,
    arrived, abandoned, ... }
end

local function append(reply, ...)
  for _, value in ipairs({ ... }) do reply[#reply + 1] = value end
end
