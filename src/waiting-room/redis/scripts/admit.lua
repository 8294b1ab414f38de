-- Moves the head of the line inside, as far as there is room. Reaping, counting and moving are one step, so that any number of
-- instances may do it at once and the threshold is never passed.
-- After library.lua and stats.lua.
-- ARGV 18 the most to admit in one go
-- ARGV 19 ms between two announcements, however many instances there are and however many people leave
-- Returns: header(),
--          announcement: 0 if the last one still holds, 1 if the caller is to announce these numbers, 2 if it is too early to,
--          silent people met at the head, 1 if there is more to admit at once, how many were let in and haven't used it, then for each one admitted, in order: the user, his wait
--          in ms (-1: not known), what his wait was estimated to be in s when he came (-1: not known)
local atOnce = tonumber(ARGV[COMMON + 1])
-- The silent at the head cost little each; beyond this many the next call goes on.
local EXAMINED = 4 * atOnce
local PART = 500

local admitted, abandoned, examined, more = {}, 0, 0, 0
local opening = math.min(free(), atOnce)
while #admitted < opening and examined < EXAMINED do
  local head = redis.call('ZRANGE', waiting, 0, math.min(PART, opening - #admitted) - 1, 'WITHSCORES')
  if #head == 0 then break end
  for index = 1, #head, 2 do
    local user = head[index]
    local seq, contact = place(tonumber(head[index + 1]))
    if isSilent(contact) then
      abandoned = abandoned + 1
    else
      letIn(user)
      redis.call('ZADD', called, string.format('%.0f', now), user)
      admitted[#admitted + 1] = { user, seq }
    end
  end
  redis.call('ZREMRANGEBYRANK', waiting, 0, #head / 2 - 1)
  examined = examined + #head / 2
end
if lineNow() > 0 and (examined >= EXAMINED or #admitted == atOnce) and free() > 0 then more = 1 end
countAdmissions(#admitted)
countAbandonments(abandoned)

-- When each of them came and what he was told: as the one of the last mark before him.
local waits, tally = {}, {}
local function add(kind, bin)
  local field = string.format('%s:%.0f:%.0f', kind, partNow(), bin)
  tally[field] = (tally[field] or 0) + 1
end
if #admitted > 0 then
  local first, last = string.format('%.0f', admitted[1][2]), string.format('%.0f', admitted[#admitted][2])
  local before = redis.call('ZREVRANGEBYSCORE', marks, first, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local after = redis.call('ZRANGEBYSCORE', marks, '(' .. first, last, 'WITHSCORES')
  local came, told = -1, -1
  local function take(mark)
    local at, estimated = string.match(mark, '^(%d+):(-?%d+)$')
    came, told = tonumber(at), tonumber(estimated)
  end
  if #before > 0 then take(before[1]) end
  local nextMark = 1
  for _, each in ipairs(admitted) do
    while nextMark <= #after and tonumber(after[nextMark + 1]) <= each[2] do
      take(after[nextMark])
      nextMark = nextMark + 2
    end
    local wait = came >= 0 and math.max(0, now - came) or -1
    waits[#waits + 1] = { wait, told }
    if wait >= 0 then add('w', math.floor(math.log(1 + wait / 1000) / math.log(1.1))) end
    if told >= 0 and wait >= 1000 then
      add('e', math.min(200, math.floor(math.abs(told * 1000 - wait) / wait * 100 + 0.5)))
    end
  end
  for field, people in pairs(tally) do redis.call('HINCRBY', stats, field, people) end
  if #before > 0 then redis.call('ZREMRANGEBYSCORE', marks, '-inf', '(' .. before[2]) end
end

if not isForming() then redis.call('ZREMRANGEBYSCORE', called, '-inf', -1) end
local cells = header()
local state = string.format('%.0f/%.0f/%.0f/%.0f', cells[4], cells[5], cells[6], threshold)
-- Where nobody is left there is nothing to remember.
if cells[4] + cells[5] == 0 then state = '' end
local announcement = 0
if state ~= (redis.call('HGET', counters, 'announced') or '') then
  local last = tonumber(redis.call('HGET', counters, 'announcedAt') or 0) or 0
  announcement = now - last < tonumber(ARGV[COMMON + 2]) and 2 or 1
end
if announcement == 1 then
  redis.call('HSET', counters, 'announcedAt', string.format('%.0f', now), 'announced', state)
end
if exists or announcement == 1 then keep() end

local reply = cells
reply[1], reply[2] = room.born, room.kept
local unused = redis.call('ZCOUNT', called, 1, '+inf')
for _, value in ipairs({ announcement, abandoned, more, unused }) do reply[#reply + 1] = value end
for index, each in ipairs(admitted) do
  reply[#reply + 1] = each[1]
  reply[#reply + 1] = waits[index][1]
  reply[#reply + 1] = waits[index][2]
end
return reply
