-- Reports what one instance knows of itself, and reads the reports of all.
-- KEYS 1 hash  instance -> "<time in ms>:<report>"
-- ARGV 1 instance, 2 its report, 3 ms that a report counts for
-- Returns: instance, "<time in ms>:<report>", instance, …, of all that reported lately
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lifetime = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. ':' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], lifetime)
local live = {}
local reports = redis.call('HGETALL', KEYS[1])
for index = 1, #reports, 2 do
  local reported = tonumber(string.match(reports[index + 1], '^%d+'))
  if reported + lifetime >= now then
    table.insert(live, reports[index])
    table.insert(live, reports[index + 1])
  else
    redis.call('HDEL', KEYS[1], reports[index])
  end
end
return live
