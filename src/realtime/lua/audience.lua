-- Records how many sockets one instance has in a room, and counts those of all instances.
-- KEYS 1 hash  instance -> "<sockets>:<time in s until which the report counts>"
-- ARGV 1 instance, 2 its sockets, 3 seconds that the report counts for
-- Returns: sockets in the room on all instances that reported lately
local now = tonumber(redis.call('TIME')[1])
local lifetime = tonumber(ARGV[3])
if tonumber(ARGV[2]) > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. (now + lifetime))
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
redis.call('EXPIRE', KEYS[1], lifetime)
local total = 0
local reports = redis.call('HGETALL', KEYS[1])
for index = 1, #reports, 2 do
  local sockets, until_when = string.match(reports[index + 1], '^(%d+):(%d+)')
  if tonumber(until_when) >= now then
    total = total + tonumber(sockets)
  else
    redis.call('HDEL', KEYS[1], reports[index])
  end
end
return total
