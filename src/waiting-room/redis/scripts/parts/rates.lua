-- How fast places become free, and how fast the line loses users elsewhere than at its head.
--
-- Learnt from how long users stay inside (time spent there / stays that ended), not from how many were let in lately. An opening lets in
-- as many as there is room for at once, and hardly any user leaves in its first minutes. The length of a stay is known before there is a
-- line, while it is paused, and for another threshold. Both are counted in full houses. The start value is one full house that stayed for
-- two fifths of the time to live. Within another time to live most of it is forgotten. In
-- test/integration/waiting-room/stats/estimate.test.ts the estimates are off by 3 % in the median and 11 % at the 90th percentile. From
-- the users let in during the last three minutes, they would be off by 4 % and 40 %.
--
-- Fields of the room: rateAt, when the rates were last measured; rateInside, how many users were inside then; rateIn, how many were let in
-- since; rateStay and rateEnds, time spent inside and stays that ended; rateGuess, the share of the start value in rateEnds; rateLine and
-- rateGone, time spent in line and users who gave it up.
local MEASURE_EVERY_MS, UNLOST_MS = 500, 30000

-- How long a user stays inside, in ms, and which part of the line gives up per ms. Set by measureRates.
local meanStay, lost

local function startRates()
  set('rateAt', now)
  set('rateInside', insideNow())
  set('rateIn', 0)
  set('rateStay', 0.4 * insideTtl)
  set('rateEnds', 1)
  set('rateGuess', 1)
end

local function addToRates(passed)
  local people = insideNow()
  local places = math.max(1, threshold, people, room.rateInside)
  local stayed = passed * (room.rateInside + people) / 2 / places
  local ended = math.max(0, room.rateInside + room.rateIn - people) / places
  local kept = math.exp(-stayed / insideTtl)
  set('rateStay', room.rateStay * kept + stayed)
  set('rateEnds', math.max(1e-6, room.rateEnds * kept + ended))
  set('rateGuess', room.rateGuess * kept)
  set('rateLine', room.rateLine * kept + passed * lineNow())
  set('rateGone', room.rateGone * kept)
  set('rateAt', now)
  set('rateInside', people)
  set('rateIn', 0)
end

-- Brings the rates up to date. Before the verb changes who is inside or in line.
local function measureRates()
  if room.rateAt == 0 then startRates() end
  local passed = math.min(now - room.rateAt, insideTtl)
  if passed >= MEASURE_EVERY_MS then addToRates(passed) end
  meanStay = room.rateStay / room.rateEnds
  lost = room.rateGone / math.max(1, room.rateLine + lineNow() * UNLOST_MS)
end
