-- Sends everybody home: those inside, in line and in the lobby. What they were given is void.
-- After library.lua.
-- Returns: header(), how many had a place
local people = lineNow() + redis.call('ZCARD', active) + redis.call('ZCARD', lobby)
for _, key in ipairs({ waiting, active, called, lobby, drawn, marks }) do redis.call('DEL', key) end
redis.call('HDEL', counters, 'announced')
for _, field in ipairs({ 'reborn', 'hold', 'believed', 'returned', 'rateInside', 'rateIn' }) do set(field, 0) end
set('cleared', now)
if phase == 'drawing' then phase = 'open' end
if exists then keep() end
local reply = header()
reply[#reply + 1] = people
return reply
