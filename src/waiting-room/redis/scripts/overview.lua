-- Counts the users of an event, and what the line did in the last hour.
-- KEYS, ARGV  see parts/arguments.lua
-- Returns  the state of the room, then how many users are in the lobby, how many users in line and in the lobby have been silent for
--          insideTtl, then the sums of the last hour as pairs of name and number: J, A, L, w:<n>, e:<n>, see parts/counts.lua
-- Counts silent users in PLACES places of each of SAMPLES parts of the line: in all places of a line of 2,000, and in a sample of a longer
-- one. That takes Redis 2.5 ms, while reading a million places would take it a second.
local SAMPLES, PLACES = 100, 20

local function silentInLine()
  local line, looked, silent = lineNow(), 0, 0
  for sample = 0, SAMPLES - 1 do
    local from, to = math.floor(sample * line / SAMPLES), math.floor((sample + 1) * line / SAMPLES) - 1
    to = math.min(to, from + PLACES - 1)
    local part = from <= to and redis.call('ZRANGE', waiting, from, to, 'WITHSCORES') or {}
    for index = 2, #part, 2 do
      local _, contact = readScore(tonumber(part[index]))
      looked = looked + 1
      if age(contact) * 100 >= insideTtl then silent = silent + 1 end
    end
  end
  return looked > 0 and math.floor(silent * line / looked + 0.5) or 0
end

local function silentInLobby()
  if phase == 'open' then return 0 end
  return redis.call('ZCOUNT', lobby, '-inf', whole(math.floor((now - insideTtl) / 100)))
end

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
local reply = replyWith(redis.call('ZCARD', lobby), silentInLine() + silentInLobby())
for name, number in pairs(sumUp()) do append(reply, name, number) end
return reply
