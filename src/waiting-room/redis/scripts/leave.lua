-- Gives up the place of a user: inside, in line, or in the lobby.
-- After library.lua and stats.lua.
-- ARGV 18 user
-- ARGV 19 what he claims to have had before a loss, as in visit.lua
-- ARGV 20 1: gives up no place but one inside
-- Returns: header(), what he gave up: inside, waiting, lobby, or nothing
local user, claim, onlyInside = ARGV[COMMON + 1], ARGV[COMMON + 2], ARGV[COMMON + 3] == '1'
local had = 'nothing'
if redis.call('ZREM', active, user) == 1 then had = 'inside'
elseif not onlyInside and redis.call('ZREM', waiting, user) == 1 then
  had = 'waiting'
  countAbandonments(1)
elseif not onlyInside and redis.call('ZREM', lobby, user) == 1 then
  had = 'lobby'
  redis.call('ZREM', drawn, user)
end
local leaves = had ~= 'nothing' or not onlyInside
local before = tonumber(redis.call('ZSCORE', called, user) or 0)
if leaves then redis.call('ZREM', called, user) end
if leaves and isForming() then
  -- One of those who count as inside since the loss says that he isn't; and nothing he was given before is good any more.
  local at = tonumber(string.match(claim, '^P(%d+)$') or 0)
  local isGood = at > -before and at <= room.reborn and at + insideTtl > room.alive and now < room.reborn + insideTtl
  if had == 'nothing' and isGood then
    set('returned', room.returned + 1)
    had = 'inside'
  end
  redis.call('ZADD', called, string.format('%.0f', -now), user)
end
if exists then keep() end
local reply = header()
reply[#reply + 1] = had
return reply
