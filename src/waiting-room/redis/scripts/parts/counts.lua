-- What the line did in the last hour. The reply carries the same arrivals and abandonments, from which the instances raise their own
-- counters: so the overview and Prometheus show the same numbers. Users in the lobby are not in line yet: they arrive by the draw.
--
-- Fields of `stats`, each of one five-minute part <p> of the hour:
--   J:<p>, A:<p>, L:<p>   users who joined the line, were let in from it, gave it up
--   w:<p>:<n>             waits of the users let in, by their logarithm: n = floor(log(1 + seconds) / log(1.1))
--   e:<p>:<n>             |told - waited| / waited, in hundredths; 200 and more as 200
local PART_MS, PARTS = 300000, 12

local function partNow() return math.floor(now / PART_MS) end

-- Adds to a counter of this part of the hour, and deletes what is too old when a new part begins.
local function count(kind, by)
  if by == 0 then return end
  local current = partNow()
  if redis.call('HINCRBY', stats, kind .. ':' .. whole(current), by) ~= by then return end
  for _, field in ipairs(redis.call('HKEYS', stats)) do
    if tonumber(string.match(field, '^%a+:(%d+)')) < current - PARTS then redis.call('HDEL', stats, field) end
  end
end

local function countArrivals(number)
  count('J', number)
  arrived = arrived + number
end

local function countAdmissions(number) count('A', number) end

local function countAbandonments(number)
  count('L', number)
  abandoned = abandoned + number
  if number > 0 then set('rateGone', room.rateGone + number) end
end
