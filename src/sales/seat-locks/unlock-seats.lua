-- Unlocks seats, each only if it is still the owner's: a lock that ran out may be somebody else's by now.
-- KEYS one per seat
-- ARGV 1 owner token
-- Returns: how many were unlocked
local unlocked = 0
for _, seat in ipairs(KEYS) do
  if redis.call('GET', seat) == ARGV[1] then unlocked = unlocked + redis.call('DEL', seat) end
end
return unlocked
