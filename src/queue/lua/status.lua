-- Tells where a user stands; asking counts as contact.
-- KEYS, ARGV 1-2: see library.lua
-- ARGV 3 user
-- Returns: see standing() in library.lua
local user = ARGV[3]
reap()
local state = renew(user)
if state ~= 'outside' then keep() end
return standing(user, state)
