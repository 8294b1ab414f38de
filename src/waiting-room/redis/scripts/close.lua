-- Closes the lobby when its time is over.
-- KEYS, ARGV  see parts/arguments.lua
-- Returns  the state of the room, whose phase tells whether the lottery is to be drawn
openRoom()
noticeLoss()
endEntries()
findPhase()
gatherInLobby()
closeLobbyWhenDue()
measureRates()

keepRoom()
return replyWith()
