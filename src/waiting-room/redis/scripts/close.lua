-- Closes the lobby when its time is over. After library.lua, which does it.
-- Returns: header()
if exists then keep() end
return header()
