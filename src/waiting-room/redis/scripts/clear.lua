-- Sends all users home: those inside, in line and in the lobby. Their proofs are void. The sequence goes on.
-- KEYS, ARGV  see parts/arguments.lua
-- Returns  the state of the room, then how many users had a place
openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

local people = lineNow() + redis.call('ZCARD', inside) + redis.call('ZCARD', lobby)
redis.call('DEL', waiting, inside, called, left, lobby, drawn, marks)
redis.call('HDEL', state, 'announced')
for _, field in ipairs({ 'reborn', 'hold', 'believed', 'returned', 'rateInside', 'rateIn' }) do set(field, 0) end
set('cleared', now)
-- No user is left to draw.
if phase == 'drawing' then phase = 'open' end

keepRoom()
return replyWith(people)
