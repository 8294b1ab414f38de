-- Removes silent users from the line and the lobby. Of the line it looks at a part at a time, and goes on where the last call stopped.
-- After a whole round it rests until the first of the users who are left can have become silent.
-- KEYS, ARGV 1-22  see parts/arguments.lua
-- ARGV 23  how many places to look at
-- Returns  the state of the room, then 1 if the round is not over
-- Fields of the room: sweepFrom, the sequence to go on from; sweepOldest, the earliest contact in ms of the users whom this round has left in
-- line so far; sweptOldest, that of the last whole round. Both are contacts and not the times at which places end, so that another time
-- to live applies at once.
local PART = 500
local most = tonumber(ARGV[COMMON + 1])

local function sweepLobby()
  if phase == 'drawing' then return end
  redis.call('ZREMRANGEBYSCORE', lobby, '-inf', whole(math.floor((now - waitingTtl) / 100)))
end

-- Returns how many were removed, and 1 if the round is not over.
local function sweepLine()
  if now < room.sweptOldest + waitingTtl then return 0, 0 end
  local removed, looked, more = 0, 0, 1
  local from, oldest = room.sweepFrom, 0
  if from == 0 then set('sweepOldest', now) end
  while more == 1 and looked < most do
    local part = redis.call('ZRANGEBYSCORE', waiting, whole(from * SEQUENCE), '+inf', 'WITHSCORES', 'LIMIT', 0, PART)
    local silent = {}
    for index = 1, #part, 2 do
      local seq, contact = readScore(tonumber(part[index + 1]))
      local tenths = age(contact)
      if tenths * 100 >= waitingTtl then
        silent[#silent + 1] = part[index]
      elseif tenths > oldest then
        oldest = tenths
      end
      from = seq + 1
    end
    if #silent > 0 then removed = removed + redis.call('ZREM', waiting, unpack(silent)) end
    looked = looked + #part / 2
    if #part < PART * 2 then more, from = 0, 0 end
  end
  set('sweepFrom', from)
  set('sweepOldest', math.min(room.sweepOldest, now - oldest * 100))
  if more == 0 then set('sweptOldest', room.sweepOldest) end
  return removed, more
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

sweepLobby()
local removed, more = sweepLine()
countAbandonments(removed)

keepRoom()
return replyWith(more)
