-- Locks all seats of a request, or none of them.
-- KEYS one for each seat
-- ARGV 1 owner token, 2 ms to live
-- Returns: nothing if all are locked now, else the token of another owner who has one of them
for _, seat in ipairs(KEYS) do
  local owner = redis.call('GET', seat)
  if owner and owner ~= ARGV[1] then return owner end
end
for _, seat in ipairs(KEYS) do redis.call('SET', seat, ARGV[1], 'PX', ARGV[2]) end
return false
