-- How long a user will wait, from the rates. After measureRates.
local LONGEST_ESTIMATE = 86400
local MARKS = 5000

-- ms until a line of so many people is served. Of them `a` per ms leave at its head, and a part `l` per ms everywhere: p' = -(a + l p).
local function timeFor(people, a, l)
  if people <= 0 then return 0 end
  if a <= 0 then return LONGEST_ESTIMATE * 1000 end
  return l > 0 and math.log(1 + l * people / a) / l or people / a
end

local function seconds(ms) return math.min(LONGEST_ESTIMATE, ms / 1000) end

-- Returns the seconds until the user at this position is let in, and the bounds between which they should lie.
local function estimate(position)
  local people = insideNow()
  local ahead = position - math.max(0, threshold - people)
  local ms = timeFor(ahead, threshold / meanStay, lost)
  -- After the threshold was lowered, the surplus has to leave first.
  if people > threshold then ms = ms + meanStay * (people - threshold) / people end
  if drain > 0 then ms = math.max(ms, timeFor(position, drain / 1000, lost)) end
  -- The possible error: the rate changes, a part of it is still a guess, and the number of stays that end in a span varies by its square
  -- root, both in the measured span and in the one ahead.
  local factor = 1.12 + room.rateGuess / room.rateEnds + 1 / math.sqrt(math.max(1, ahead))
    + 1 / math.sqrt(math.max(1, threshold * room.rateEnds))
  return math.ceil(seconds(math.max(1, ms))), math.floor(seconds(ms / factor)), math.ceil(seconds(ms * factor + 1000))
end

-- Notes when a place was given and which wait was estimated. One mark stands for all who come within a second of it, until the line is
-- longer by a fiftieth: they wait as long.
local function mark(seq, told)
  if now - room.markAt < 1000 and seq - room.markSeq < lineNow() / 50 then return end
  set('markAt', now)
  set('markSeq', seq)
  redis.call('ZADD', marks, whole(seq), string.format('%.0f:%.0f', now, told))
  -- If no user is let in for a long time, the oldest marks go. How long those users waited is then unknown.
  redis.call('ZREMRANGEBYRANK', marks, 0, -MARKS - 1)
end
