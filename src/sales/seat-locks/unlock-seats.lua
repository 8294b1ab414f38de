-- Unlocks those of the seats that are still the owner's: a lock that ran out may have another owner by now.
-- KEYS one for each seat
-- ARGV 1 owner token
-- Returns: how many were unlocked
local unlocked = 0
for _, seat in ipairs(KEYS) do
  if redis.call('GET', seat) == ARGV[1] then unlocked = unlocked + redis.call('DEL', seat) end
end
return unlocked
