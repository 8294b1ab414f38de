-- Contact of users: tells where each of them stands, and renews the place that they have.
-- KEYS, ARGV 1-22  see parts/arguments.lua
-- ARGV 23    mode: status (contact only), enter (a reservation: goes inside if no user waits), check (goes inside if no user waits, else
--            takes a place in line)
-- ARGV 24..  for each user: the user, and their claim, see parts/claim.lua
-- Returns    the state of the room, then one text of all users, with spaces between. For each: where they stand (inside, waiting, lobby,
--            outside; claim: the proof is needed), sequence, position (0 if not waiting; for a user outside the one they would get),
--            estimated wait in s, its bounds, flags (1: let in from the line and not used yet, 2: took a place just now). The client reads
--            one text in a fourth of the time of as many values.
local mode = ARGV[COMMON + 1]
local touched = false
local joined, silent = 0, 0

-- Gives back the place that a user had before a loss. From before a lobby no claim counts: the draw decides anew. Returns true for a user
-- who was in a lobby that is closed now, and may take a place in line.
local function restore(user, claim)
  local kind, at, seq = readClaim(user, claim)
  if not kind then return false end
  if seq == 0 then
    -- Users in the lobby have no rank.
    if phase ~= 'lobby' then return true end
    waitInLobby(user)
    return false
  end
  if phase == 'early' or phase == 'lobby' or at < startsAt then return false end
  if kind == 'P' then
    redis.call('ZREM', waiting, user)
    stayInside(user)
    set('returned', room.returned + 1)
  else
    local score = redis.call('ZSCORE', waiting, user)
    if score then
      local held, contact = readScore(tonumber(score))
      if held <= seq and not isSilent(contact) then return false end
    end
    if room.seq < seq then set('seq', seq) end
    standInLine(user, seq)
  end
  redis.call('ZREM', lobby, user)
  redis.call('ZREM', drawn, user)
  return false
end

-- Returns where the user stands, their sequence, and the flags.
local function visit(user, claim)
  local wasInLobby = restore(user, claim)
  if redis.call('ZSCORE', inside, user) then
    stayInside(user)
    if not redis.call('ZSCORE', called, user) then return 'inside', 0, 0 end
    if mode == 'status' then redis.call('ZADD', called, whole(now), user)
    else redis.call('ZREM', called, user) end
    return 'inside', 0, 1
  end
  local score = redis.call('ZSCORE', waiting, user)
  if score then
    local seq, contact = readScore(tonumber(score))
    if not isSilent(contact) then
      standInLine(user, seq)
      return 'waiting', seq, 0
    end
    redis.call('ZREM', waiting, user)
    silent = silent + 1
  end
  local inLobby = redis.call('ZSCORE', lobby, user)
  local joins = mode == 'check' or wasInLobby
  if inLobby and (phase == 'drawing' or tonumber(inLobby) > (now - waitingTtl) / 100) then
    if phase ~= 'open' then
      waitInLobby(user)
      return 'lobby', 0, 0
    end
    -- The lobby was given up without a draw. Its users join the line when they are next in contact.
    joins = true
  end
  if mode == 'status' and not joins then return 'outside', 0, 0 end
  if claim == '?' and isForming() then return 'claim', 0, 0 end
  if phase == 'early' then return 'outside', 0, 0 end
  if phase == 'lobby' then
    if mode == 'enter' then return 'outside', 0, 0 end
    waitInLobby(user)
    return 'lobby', 0, 2
  end
  if inLobby then redis.call('ZREM', lobby, user) end
  -- Newcomers never overtake the line, even if there is room inside.
  if lineNow() == 0 and freePlaces() > 0 then
    letIn(user)
    return 'inside', 0, 0
  end
  if not joins then return 'outside', 0, 0 end
  local seq = nextSeq()
  standInLine(user, seq)
  joined = joined + 1
  return 'waiting', seq, 2
end

openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

local replies = {}
for index = COMMON + 2, #ARGV, 2 do
  local user = ARGV[index]
  local where, seq, flags = visit(user, ARGV[index + 1])
  local position, told, low, high = 0, 0, 0, 0
  local ahead = phase == 'drawing' and redis.call('ZCARD', lobby) or 0
  if where == 'waiting' then
    position = ahead + redis.call('ZRANK', waiting, user) + 1
  elseif where == 'outside' then
    position = ahead + lineNow() + 1
  end
  if position > 0 then told, low, high = estimate(position) end
  if where == 'lobby' then
    told = math.max(0, math.ceil((startsAt - now) / 1000))
    low, high = told, told
  end
  if where == 'waiting' and flags == 2 then mark(seq, told) end
  if where ~= 'outside' and phase ~= 'early' then touched = true end
  append(replies, where, seq, position, told, low, high, flags)
end
countArrivals(joined)
countAbandonments(silent)
finishForming()

if touched then exists = true end
keepRoom()
return replyWith(table.concat(replies, ' '))
