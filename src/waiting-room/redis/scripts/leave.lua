-- Gives up the place of a user: inside, in line, or in the lobby.
-- KEYS, ARGV 1-22  see parts/arguments.lua
-- ARGV 23  user
-- ARGV 24  their claim, see parts/claim.lua
-- ARGV 25  1: gives up a place inside only
-- Returns  the state of the room, then what the user gave up: inside, waiting, lobby, or nothing
local user, claim, onlyInside = ARGV[COMMON + 1], ARGV[COMMON + 2], ARGV[COMMON + 3] == '1'

-- Returns what the user gave up.
local function giveUp()
  if redis.call('ZREM', inside, user) == 1 then return 'inside' end
  if onlyInside then return 'nothing' end
  if redis.call('ZREM', waiting, user) == 1 then
    countAbandonments(1)
    return 'waiting'
  end
  if redis.call('ZREM', lobby, user) == 1 then
    redis.call('ZREM', drawn, user)
    return 'lobby'
  end
  return 'nothing'
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

local had = giveUp()
if had ~= 'nothing' or not onlyInside then
  redis.call('ZREM', called, user)
  if isForming() then
    -- A user who counts as inside since the loss tells that they are not.
    if had == 'nothing' and readClaim(user, claim) == 'P' then
      set('returned', room.returned + 1)
      had = 'inside'
    end
    redis.call('ZADD', left, whole(now), user)
  end
end

keepRoom()
return replyWith(had)
