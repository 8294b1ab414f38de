-- Puts those from the lobby before everybody who came since, in the order of the lot: all of them at once, and once.
-- After library.lua and stats.lua. Who left the lobby meanwhile has no place.
-- Returns: header(), how many were placed
local FEW = 2000
local placed = 0
if phase == 'drawing' then
  placed = redis.call('ZCARD', drawn)
  if lobbySize > placed then
    -- Whoever came to the lobby after it was read, by an instance that believed in another start, stands behind all the others.
    for _, user in ipairs(redis.call('ZRANGE', lobby, 0, -1)) do
      if not redis.call('ZSCORE', drawn, user) then standInLine(user, nextSeq()) end
    end
  end
  -- Those who came since are few, as a rule. They join those who were drawn, and the whole takes the place of the line: a crowd of
  -- 200,000 holds Redis up no longer at this moment than a small one. Many are united in one command, at 2 µs each.
  if lineNow() <= FEW then
    local late = redis.call('ZRANGE', waiting, 0, -1, 'WITHSCORES')
    for index = 1, #late, 2 do redis.call('ZADD', drawn, 'NX', late[index + 1], late[index]) end
    if placed + #late > 0 then redis.call('RENAME', drawn, waiting) end
  else
    redis.call('ZUNIONSTORE', waiting, 2, waiting, drawn, 'AGGREGATE', 'MIN')
  end
  redis.call('UNLINK', lobby)
  phase = 'open'
  redis.call('ZADD', marks, 0, string.format('%.0f:-1', now))
  countArrivals(placed)
end
redis.call('DEL', drawn)
if exists then keep() end
local reply = header()
reply[#reply + 1] = placed
return reply
