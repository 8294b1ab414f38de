-- Counts the people of an event, and what the line did in the last hour.
-- After library.lua and stats.lua.
-- Returns: header(), people in the lobby, admissions measured, people let in and given up in the last hour as pairs of
--          name (J, A, L, w:<bin>, e:<bin>; see stats.lua) and number
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
if exists then keep() end
local reply = header()
reply[#reply + 1] = redis.call('ZCARD', lobby)
for name, number in pairs(sums) do
  reply[#reply + 1] = name
  reply[#reply + 1] = number
end
return reply
