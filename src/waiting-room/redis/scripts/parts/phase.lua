-- The phase of the room:
--   early    the lobby is not open yet
--   lobby    the lobby is open
--   drawing  the lobby is closed, and its lottery is not drawn yet
--   open     there is no lobby, or its users stand in line
local phase

-- Sets the phase. After noticeLoss: a lobby that was lost just before its draw stays open until its users had time to come back.
local function findPhase()
  phase = 'open'
  if opensAt == 0 then return end
  if now < opensAt then phase = 'early'
  elseif now < startsAt or (not isDrawn and now < room.hold) then phase = 'lobby'
  elseif redis.call('ZCARD', lobby) > 0 then phase = 'drawing' end
end

-- Before the draw no user is inside or in line. Those who came before the event got its lobby take part in the draw.
local function gatherInLobby()
  if phase ~= 'early' and phase ~= 'lobby' then return end
  if phase == 'lobby' then
    for _, key in ipairs({ inside, waiting }) do
      for _, user in ipairs(redis.call('ZRANGE', key, 0, -1)) do waitInLobby(user) end
    end
    redis.call('DEL', waiting)
  end
  redis.call('DEL', inside)
  if room.believed > room.returned then set('returned', room.believed) end
end

-- At the start of the sale, reserves a sequence number for each user in the lobby. Users who come from now on stand behind all of them.
local function closeLobbyWhenDue()
  if phase ~= 'drawing' or room.closed == startsAt then return end
  set('closed', startsAt)
  set('seq', math.max(room.seq, redis.call('ZCARD', lobby)))
end

-- Users in the lobby, who will stand before all users in line.
local function aheadOfLine() return phase == 'open' and 0 or redis.call('ZCARD', lobby) end
