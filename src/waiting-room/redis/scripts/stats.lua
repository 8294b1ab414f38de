-- What the line does, counted. Stands between library.lua and the scripts that need it.
--
-- Fields of `stats`:
--   J:<p>, A:<p>, L:<p>   of a five-minute part of the last hour: arrivals in line, admissions from it, abandonments
--   w:<p>:<n>             waits of those admitted, by their logarithm: n = floor(log(1 + seconds) / log(1.1))
--   e:<p>:<n>             |told - waited| / waited, in hundredths, 200 and more as 200
local PART_MS, PARTS = 300000, 12
local MEASURE_EVERY_MS, UNLOST_MS, LONGEST_ESTIMATE = 500, 30000, 86400

local function partNow() return math.floor(now / PART_MS) end

-- Adds to a counter of this part of the hour, and forgets what is too old when a new part begins.
local function count(kind, by)
  if by == 0 then return end
  local current = partNow()
  if redis.call('HINCRBY', stats, kind .. ':' .. string.format('%.0f', current), by) ~= by then return end
  for _, field in ipairs(redis.call('HKEYS', stats)) do
    if tonumber(string.match(field, '^%a+:(%d+)')) < current - PARTS then redis.call('HDEL', stats, field) end
  end
end

local function countArrivals(number) count('J', number) end

local function countAdmissions(number) count('A', number) end

local function countAbandonments(number)
  count('L', number)
  if number > 0 then set('rateGone', room.rateGone + number) end
end

-- How fast places become free, and how fast the line loses people elsewhere than at its head. Learnt from how long people stay inside
-- (time spent there / stays that ended), not from how many were let in lately: an opening lets in everybody there is room for at
-- once, and hardly anybody leaves in its first minutes; a stay is also known before there is a line, while it is paused, and for
-- another threshold. Both are counted in full houses. To begin with it is as if one full house had stayed for two fifths of the time
-- to live, and within another time to live most of it is forgotten: what is told has an error of 3 % in the middle and 11 % in one of
-- ten in test/integration/waiting-room/stats/estimate.test.ts (by the people let in during three minutes: 4 % and 40 %).
local function measure()
  if room.rateAt == 0 then
    set('rateAt', now)
    set('rateInside', insideNow())
    set('rateIn', 0)
    set('rateStay', 0.4 * insideTtl)
    set('rateEnds', 1)
    set('rateGuess', 1)
  end
  local passed = math.min(now - room.rateAt, insideTtl)
  if passed < MEASURE_EVERY_MS then return end
  local inside = insideNow()
  local places = math.max(1, threshold, inside, room.rateInside)
  local stayed = passed * (room.rateInside + inside) / 2 / places
  local ended = math.max(0, room.rateInside + room.rateIn - inside) / places
  local left = math.exp(-stayed / insideTtl)
  set('rateStay', room.rateStay * left + stayed)
  set('rateEnds', math.max(1e-6, room.rateEnds * left + ended))
  set('rateGuess', room.rateGuess * left)
  set('rateLine', room.rateLine * left + passed * lineNow())
  set('rateGone', room.rateGone * left)
  set('rateAt', now)
  set('rateInside', inside)
  set('rateIn', 0)
end
measure()
local meanStay = room.rateStay / room.rateEnds
local lost = room.rateGone / math.max(1, room.rateLine + lineNow() * UNLOST_MS)

-- ms until a line of so many is served, of which `a` a ms leave at its head, and a part `l` a ms everywhere: p' = -(a + l p).
local function timeFor(people, a, l)
  if people <= 0 then return 0 end
  if a <= 0 then return LONGEST_ESTIMATE * 1000 end
  return l > 0 and math.log(1 + l * people / a) / l or people / a
end

local function seconds(ms) return math.min(LONGEST_ESTIMATE, ms / 1000) end

-- Seconds until the one at this position is let in, and the bounds between which that should lie.
local function estimate(position)
  local inside = insideNow()
  local ahead = position - math.max(0, threshold - inside)
  local ms = timeFor(ahead, threshold / meanStay, lost)
  -- Where the threshold was lowered, first as many go as there are too many.
  if inside > threshold then ms = ms + meanStay * (inside - threshold) / inside end
  if drain > 0 then ms = math.max(ms, timeFor(position, drain / 1000, lost)) end
  -- By what it may be wrong: the rate changes, some of it is a guess still, and so many stays more or less end in any span as is the
  -- root of their number; in the span that is behind as in the one that is ahead.
  local factor = 1.12 + room.rateGuess / room.rateEnds + 1 / math.sqrt(math.max(1, ahead))
    + 1 / math.sqrt(math.max(1, threshold * room.rateEnds))
  return math.ceil(seconds(math.max(1, ms))), math.floor(seconds(ms / factor)), math.ceil(seconds(ms * factor + 1000))
end

-- Notes when a place was given and what its owner was told; not of everybody: those who come next, within a second and before the
-- line is longer by a fiftieth, wait as long.
local MARKS = 5000
local function mark(seq, told)
  if now - room.markAt < 1000 and seq - room.markSeq < lineNow() / 50 then return end
  set('markAt', now)
  set('markSeq', seq)
  redis.call('ZADD', marks, string.format('%.0f', seq), string.format('%.0f:%.0f', now, told))
  -- Where nobody is let in for a long time, the oldest go: of those people it isn't known how long they waited.
  redis.call('ZREMRANGEBYRANK', marks, 0, -MARKS - 1)
end

-- A sequence number for one who comes now.
local function nextSeq()
  set('seq', room.seq + 1)
  return room.seq
end
