-- Sends everybody home: those inside and those in line.
-- KEYS, ARGV 1-2: see library.lua
-- Returns: how many had a place
local people = redis.call('ZCARD', waiting) + redis.call('ZCARD', active)
for _, key in ipairs(KEYS) do redis.call('DEL', key) end
return people
