-- Renews the places of many users at once: those whose sockets are connected.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3.. users
-- Returns: how many of them have a place
reap()
local renewed = 0
for index = 3, #ARGV do
  if renew(ARGV[index]) ~= 'outside' then renewed = renewed + 1 end
end
if renewed > 0 then keep() end
return renewed
