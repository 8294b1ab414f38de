-- Contact of users: tells where each of them stands, and renews the place that he has.
-- After library.lua and stats.lua.
-- ARGV 18    mode: status (no more than that), enter (a reservation: goes in if nobody waits), check (goes in if nobody waits, else
--            takes a place in line)
-- ARGV 19..  for each user: the user, and what he claims to have had before a loss:
--            ''  nothing; '?' something that was not looked at yet; 'P<ms>' a place inside, 'T<ms>:<sequence>' a place in line (0: in the lobby), as he
--            was told at that time
-- Returns: header(), then for each user: state (inside, waiting, lobby, outside; claim: show what you have), sequence, position (0 if
--          not waiting; for one outside that he would get), estimate in s, its bounds, flags: 1 let in from the line and not used yet,
--          2 took a place in line just now, 4 came back by a claim
local mode = ARGV[COMMON + 1]
local touched = false
local arrived, abandoned = 0, 0

-- A claim counts if it was true when the room was last alive, and if its owner hasn't left since. Of before a lobby it doesn't count:
-- the lot decides anew. Returns whether he has a place by it, or 'joins' if he may take one as he comes.
local function claimed(user, claim)
  if not isForming() then return false end
  local kind, at, seq = string.match(claim, '^(%u)(%d+):?(%d*)$')
  if not kind or tonumber(at) > room.reborn then return false end
  local ttl = kind == 'P' and insideTtl or waitingTtl
  if tonumber(at) + ttl <= room.alive or now >= room.reborn + ttl then return false end
  if tonumber(at) <= -tonumber(redis.call('ZSCORE', called, user) or 0) then return false end
  if redis.call('ZSCORE', active, user) then return false end
  if tonumber(seq) == 0 then
    -- In the lobby, where nobody has a rank.
    if phase ~= 'lobby' then return 'joins' end
    redis.call('ZADD', lobby, string.format('%.0f', math.floor(now / 100)), user)
    return true
  end
  if phase == 'early' or phase == 'lobby' or tonumber(at) < startsAt then return false end
  if kind == 'P' then
    redis.call('ZREM', waiting, user)
    redis.call('ZREM', lobby, user)
    redis.call('ZREM', drawn, user)
    redis.call('ZADD', active, string.format('%.0f', now + insideTtl), user)
    set('returned', room.returned + 1)
    return true
  end
  local score = redis.call('ZSCORE', waiting, user)
  if score then
    local held, contact = place(tonumber(score))
    if held <= tonumber(seq) and not isSilent(contact) then return false end
  end
  redis.call('ZREM', lobby, user)
  redis.call('ZREM', drawn, user)
  if room.seq < tonumber(seq) then set('seq', tonumber(seq)) end
  standInLine(user, tonumber(seq))
  return true
end

-- Where he stands, and what became of him just now.
local function visit(user, claim)
  local back = claimed(user, claim)
  local flags = back == true and 4 or 0
  if redis.call('ZSCORE', active, user) then
    redis.call('ZADD', active, string.format('%.0f', now + insideTtl), user)
    local calledAt = tonumber(redis.call('ZSCORE', called, user) or 0)
    if calledAt > 0 then
      flags = flags + 1
      if mode == 'status' then redis.call('ZADD', called, string.format('%.0f', now), user)
      else redis.call('ZREM', called, user) end
    end
    return 'inside', 0, flags
  end
  local score = redis.call('ZSCORE', waiting, user)
  if score then
    local seq, contact = place(tonumber(score))
    if not isSilent(contact) then
      standInLine(user, seq)
      return 'waiting', seq, flags
    end
    redis.call('ZREM', waiting, user)
    abandoned = abandoned + 1
  end
  local inLobby = redis.call('ZSCORE', lobby, user)
  local joins = mode == 'check' or back == 'joins'
  if inLobby and (phase == 'drawing' or tonumber(inLobby) > (now - waitingTtl) / 100) then
    if phase ~= 'open' then
      redis.call('ZADD', lobby, string.format('%.0f', math.floor(now / 100)), user)
      return 'lobby', 0, flags
    end
    -- The lobby was given up, and no lot will be drawn: they stand in line as they come.
    joins = true
  end
  if mode == 'status' and not joins then return 'outside', 0, flags end
  if claim == '?' and isForming() then return 'claim', 0, flags end
  if phase == 'early' then return 'outside', 0, flags end
  if phase == 'lobby' then
    if mode == 'enter' then return 'outside', 0, flags end
    redis.call('ZADD', lobby, string.format('%.0f', math.floor(now / 100)), user)
    return 'lobby', 0, flags + 2
  end
  if inLobby then redis.call('ZREM', lobby, user) end
  -- A newcomer enters only where there is room and nobody waits: room that is free at this moment belongs to the line.
  if lineNow() == 0 and free() > 0 then
    letIn(user)
    return 'inside', 0, flags
  end
  if not joins then return 'outside', 0, flags end
  local seq = nextSeq()
  standInLine(user, seq)
  arrived = arrived + 1
  return 'waiting', seq, flags + 2
end

local replies = {}
for index = COMMON + 2, #ARGV, 2 do
  local user = ARGV[index]
  local state, seq, flags = visit(user, ARGV[index + 1])
  local position, told, low, high = 0, 0, 0, 0
  local ahead = phase == 'drawing' and redis.call('ZCARD', lobby) or 0
  if state == 'waiting' then
    position = ahead + redis.call('ZRANK', waiting, user) + 1
  elseif state == 'outside' then
    position = ahead + lineNow() + 1
  end
  if position > 0 then told, low, high = estimate(position) end
  if state == 'lobby' then
    told = math.max(0, math.ceil((startsAt - now) / 1000))
    low, high = told, told
  end
  if state == 'waiting' and flags % 4 >= 2 then mark(seq, told) end
  if state ~= 'outside' and phase ~= 'early' then touched = true end
  for _, value in ipairs({ state, seq, position, told, low, high, flags }) do replies[#replies + 1] = value end
end
countArrivals(arrived)
countAbandonments(abandoned)
if touched or exists then keep() end
local reply = header()
reply[#reply + 1] = abandoned
for _, value in ipairs(replies) do reply[#reply + 1] = value end
return reply
