-- Puts the users of the lobby before all users who came since, in the order drawn: all of them at once, and once. Users who left the lobby
-- meanwhile have no place.
-- KEYS, ARGV  see parts/arguments.lua
-- Returns  the state of the room, then how many users were placed
local FEW = 2000

-- Users who came to the lobby after it was read, through an instance that knew another start of the sale, stand behind all others.
local function placeLatecomers()
  for _, user in ipairs(redis.call('ZRANGE', lobby, 0, -1)) do
    if not redis.call('ZSCORE', drawn, user) then
      standInLine(user, nextSeq())
      countArrivals(1)
    end
  end
end

-- The users in line are few, as a rule. They join those drawn, and the result takes the place of the line: then a crowd of 200,000 holds
-- Redis up no longer than a small one. If they are many, one command unites both at 2 µs per user.
local function joinLine(placed)
  if lineNow() > FEW then
    redis.call('ZUNIONSTORE', waiting, 2, waiting, drawn, 'AGGREGATE', 'MIN')
    return
  end
  local late = redis.call('ZRANGE', waiting, 0, -1, 'WITHSCORES')
  for index = 1, #late, 2 do redis.call('ZADD', drawn, 'NX', late[index + 1], late[index]) end
  if placed + #late > 0 then redis.call('RENAME', drawn, waiting) end
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

local placed = 0
if phase == 'drawing' then
  placed = redis.call('ZCARD', drawn)
  if redis.call('ZCARD', lobby) > placed then placeLatecomers() end
  joinLine(placed)
  redis.call('UNLINK', lobby)
  phase = 'open'
  redis.call('ZADD', marks, 0, string.format('%.0f:-1', now))
  countArrivals(placed)
end
redis.call('DEL', drawn)

keepRoom()
return replyWith(placed)
