-- A claim is what a user says they had before a loss, as they were told at that time:
--   ''               nothing
--   '?'              a proof that the instance has not verified yet
--   'P<ms>'          a place inside
--   'T<ms>:<seq>'    a place in line, or in the lobby with sequence 0

-- Returns kind, time and sequence of a claim that counts: it was true when the room was last alive, and its owner hasn't left since.
local function readClaim(user, claim)
  if not isForming() then return end
  local kind, at, seq = string.match(claim, '^(%u)(%d+):?(%d*)$')
  at = tonumber(at)
  if not at or at > room.reborn then return end
  local ttl = kind == 'P' and insideTtl or waitingTtl
  if at + ttl <= room.alive or now >= room.reborn + ttl then return end
  if at <= tonumber(redis.call('ZSCORE', left, user) or 0) then return end
  if redis.call('ZSCORE', inside, user) then return end
  return kind, at, tonumber(seq)
end
