-- Moves the head of the line inside, as far as there is room. Reaping, counting and moving are one step, so that any number of instances
-- may do it at once and the threshold is never passed.
-- KEYS, ARGV 1-22  see parts/arguments.lua
-- ARGV 23  the most users to admit in one go
-- ARGV 24  ms between two announcements, however many instances there are and however many users leave
-- Returns  the state of the room, then
--          announcement: 0 if the last one still holds, 1 if the caller is to announce this state, 2 if it is too early for that,
--          1 if there is more to admit at once, how many were let in and have not used their entry yet, then for each user admitted, in
--          order: the user, their wait in ms (-1: unknown), the wait in s that was estimated when they came (-1: unknown)
-- Fields of `state` that no other script reads: announced, the last state announced; announcedAt, when that was.
local atOnce, announceEveryMs = tonumber(ARGV[COMMON + 1]), tonumber(ARGV[COMMON + 2])
-- Silent users at the head cost little each. Beyond this many the next call goes on.
local EXAMINED = 4 * atOnce
local PART = 500

-- Returns the users admitted, each with their sequence, the silent ones that were removed, and whether there may be more to do.
local function admit()
  local admitted, silent, examined = {}, 0, 0
  local most = math.min(freePlaces(), atOnce)
  while #admitted < most and examined < EXAMINED do
    local head = redis.call('ZRANGE', waiting, 0, math.min(PART, most - #admitted) - 1, 'WITHSCORES')
    if #head == 0 then break end
    for index = 1, #head, 2 do
      local user = head[index]
      local seq, contact = readScore(tonumber(head[index + 1]))
      if isSilent(contact) then
        silent = silent + 1
      else
        letIn(user)
        redis.call('ZADD', called, whole(now), user)
        admitted[#admitted + 1] = { user, seq }
      end
    end
    redis.call('ZREMRANGEBYRANK', waiting, 0, #head / 2 - 1)
    examined = examined + #head / 2
  end
  return admitted, silent, examined >= EXAMINED or #admitted == atOnce
end

-- Returns for each user admitted their wait and the estimate that they were told: those of the last mark before them. Counts both.
local function waitsOf(admitted)
  if #admitted == 0 then return {} end
  local first, last = whole(admitted[1][2]), whole(admitted[#admitted][2])
  local before = redis.call('ZREVRANGEBYSCORE', marks, first, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local after = redis.call('ZRANGEBYSCORE', marks, '(' .. first, last, 'WITHSCORES')
  local waits, tally, came, told = {}, {}, -1, -1
  local function take(mark)
    local at, estimated = string.match(mark, '^(%d+):(-?%d+)$')
    came, told = tonumber(at), tonumber(estimated)
  end
  local function add(kind, bin)
    local field = string.format('%s:%.0f:%.0f', kind, partNow(), bin)
    tally[field] = (tally[field] or 0) + 1
  end
  if #before > 0 then take(before[1]) end
  local nextMark = 1
  for index, each in ipairs(admitted) do
    while nextMark <= #after and tonumber(after[nextMark + 1]) <= each[2] do
      take(after[nextMark])
      nextMark = nextMark + 2
    end
    local wait = came >= 0 and math.max(0, now - came) or -1
    waits[index] = { wait, told }
    if wait >= 0 then add('w', math.floor(math.log(1 + wait / 1000) / math.log(1.1))) end
    if told >= 0 and wait >= 1000 then
      add('e', math.min(200, math.floor(math.abs(told * 1000 - wait) / wait * 100 + 0.5)))
    end
  end
  for field, people in pairs(tally) do redis.call('HINCRBY', stats, field, people) end
  if #before > 0 then redis.call('ZREMRANGEBYSCORE', marks, '-inf', '(' .. before[2]) end
  return waits
end

-- Returns the announcement for users waiting, users inside and sequence served: see above.
local function announce(queueSize, people, served)
  local current = string.format('%.0f/%.0f/%.0f/%.0f', queueSize, people, served, threshold)
  -- An empty room has nothing to remember.
  if queueSize + people == 0 then current = '' end
  if current == (redis.call('HGET', state, 'announced') or '') then return 0 end
  local last = tonumber(redis.call('HGET', state, 'announcedAt') or 0) or 0
  if now - last < announceEveryMs then return 2 end
  redis.call('HSET', state, 'announcedAt', whole(now), 'announced', current)
  return 1
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

local admitted, silent, maybeMore = admit()
local more = maybeMore and lineNow() > 0 and freePlaces() > 0 and 1 or 0
countAdmissions(#admitted)
countAbandonments(silent)
local waits = waitsOf(admitted)
finishForming()

local reply = replyWith()
local announcement = announce(reply[4], reply[5], reply[6])
if announcement == 1 then exists = true end
keepRoom()
-- Both may have been set just now.
reply[1], reply[2] = room.born, room.kept
append(reply, announcement, more, redis.call('ZCARD', called))
for index, each in ipairs(admitted) do append(reply, each[1], waits[index][1], waits[index][2]) end
return reply
