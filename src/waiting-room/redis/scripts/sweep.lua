-- Takes those out of the line who fell silent: a part of it at a time, from where the last call stopped. After a whole round nothing is
-- done until the first of those who are left can have become silent.
-- After library.lua and stats.lua. Of `counters`: sweepFrom, the sequence to go on from; sweepNext, when the first of those seen in
-- this round can become silent; sweepDue, when the next round begins.
-- ARGV 18 how many places to look at
-- Returns: header(), how many were taken out, 1 if the round is not over
local PART = 500
local most = tonumber(ARGV[COMMON + 1])
local removed, looked, more = 0, 0, 0

local gone = 0
if phase ~= 'drawing' then
  gone = redis.call('ZREMRANGEBYSCORE', lobby, '-inf', string.format('%.0f', math.floor((now - waitingTtl) / 100)))
end
if now >= room.sweepDue then
  local from, oldest = room.sweepFrom, 0
  if from == 0 then set('sweepNext', now + waitingTtl) end
  more = 1
  while looked < most do
    local part = redis.call('ZRANGEBYSCORE', waiting, string.format('%.0f', from * SEQ), '+inf', 'WITHSCORES',
      'LIMIT', 0, PART)
    local silent = {}
    for index = 1, #part, 2 do
      local seq, contact = place(tonumber(part[index + 1]))
      local tenths = age(contact)
      if tenths * 100 >= waitingTtl then
        silent[#silent + 1] = part[index]
      elseif tenths > oldest then
        oldest = tenths
      end
      from = seq + 1
    end
    if #silent > 0 then removed = removed + redis.call('ZREM', waiting, (unpack or table.unpack)(silent)) end
    looked = looked + #part / 2
    if #part < PART * 2 then
      more, from = 0, 0
      break
    end
  end
  set('sweepFrom', from)
  set('sweepNext', math.min(room.sweepNext, now - oldest * 100 + waitingTtl))
  if more == 0 then set('sweepDue', room.sweepNext) end
  countAbandonments(removed)
end
if exists then keep() end
local reply = header()
reply[#reply + 1] = removed + gone
reply[#reply + 1] = more
return reply
