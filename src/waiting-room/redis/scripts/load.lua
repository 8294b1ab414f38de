-- Writes a part of the result of the lot; nobody sees it before draw.lua. After library.lua. Who left the lobby has no place in it;
-- who leaves from now on loses it, see leave.lua.
-- ARGV 18  the place of the first of them, from 1
-- ARGV 19.. users, in their order
-- Returns: header()
if phase == 'drawing' then
  local rank, contact = tonumber(ARGV[COMMON + 1]), contactNow()
  for index = COMMON + 2, #ARGV do
    if redis.call('ZSCORE', lobby, ARGV[index]) then
      redis.call('ZADD', drawn, string.format('%.0f', rank * SEQ + contact), ARGV[index])
    end
    rank = rank + 1
  end
end
if exists then keep() end
return header()
