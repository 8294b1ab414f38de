-- How many users may go inside, and their entry.

-- How many users may be let in at this moment. Refills the drain.
local function freePlaces()
  if paused or phase ~= 'open' or now < room.hold then return 0 end
  local count = math.max(0, threshold - insideNow())
  if drain > 0 then
    local most = math.ceil(drain)
    -- One more than a second's worth may gather: with one call a second, the fraction of a user that is left over isn't lost.
    set('drainLeft', math.min(drain + 1, room.drainLeft + math.max(0, now - room.drainAt) / 1000 * drain))
    if room.drainAt == 0 then set('drainLeft', 1) end
    if math.floor(now / 1000) ~= math.floor(room.drainAt / 1000) then set('drainUsed', 0) end
    set('drainAt', now)
    count = math.min(count, math.floor(room.drainLeft), most - room.drainUsed)
  end
  return count
end

-- Begins or renews the entry of a user.
local function stayInside(user) redis.call('ZADD', inside, whole(now + insideTtl), user) end

local function letIn(user)
  stayInside(user)
  set('rateIn', room.rateIn + 1)
  if drain > 0 then
    set('drainLeft', room.drainLeft - 1)
    set('drainUsed', room.drainUsed + 1)
  end
end
