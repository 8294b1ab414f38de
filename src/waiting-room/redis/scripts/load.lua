-- Writes a part of the result of the draw, which no other script reads before draw.lua. Users who left the lobby have no place in it; those who
-- leave from now on lose it, see leave.lua.
-- KEYS, ARGV 1-22  see parts/arguments.lua
-- ARGV 23    the place of the first of these users, from 1
-- ARGV 24..  users, in the order drawn
-- Returns    the state of the room
openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

if phase == 'drawing' then
  local rank, contact = tonumber(ARGV[COMMON + 1]), contactNow()
  for index = COMMON + 2, #ARGV do
    if redis.call('ZSCORE', lobby, ARGV[index]) then
      redis.call('ZADD', drawn, whole(rank * SEQUENCE + contact), ARGV[index])
    end
    rank = rank + 1
  end
end

keepRoom()
return replyWith()
