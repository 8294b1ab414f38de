-- Counts the users of an event, and what the line did in the last hour.
-- KEYS, ARGV  see parts/arguments.lua
-- Returns  the state of the room, then how many users are in the lobby, then the sums of the last hour as pairs of name and number:
--          J, A, L, w:<n>, e:<n>, see parts/counts.lua

-- Returns the numbers of the last hour by name.
local function sumUp()
  local sums = {}
  local oldest = partNow() - PARTS + 1
  local all = redis.call('HGETALL', stats)
  for index = 1, #all, 2 do
    local kind, part, bin = string.match(all[index], '^([JALwe]):(%d+):?(%d*)$')
    if kind and tonumber(part) >= oldest then
      local name = bin == '' and kind or kind .. ':' .. bin
      sums[name] = (sums[name] or 0) + tonumber(all[index + 1])
    end
  end
  return sums
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

keepRoom()
local reply = replyWith(redis.call('ZCARD', lobby))
for name, number in pairs(sumUp()) do append(reply, name, number) end
return reply
