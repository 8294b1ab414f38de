-- Locks all seats of a request, or none of them.
-- KEYS one per seat
-- ARGV 1 owner token, 2 ms to live
-- Returns: 1 if all are locked now, 0 if somebody else has one of them
for _, seat in ipairs(KEYS) do
  local owner = redis.call('GET', seat)
  if owner and owner ~= ARGV[1] then return 0 end
end
for _, seat in ipairs(KEYS) do redis.call('SET', seat, ARGV[1], 'PX', ARGV[2]) end
return 1
