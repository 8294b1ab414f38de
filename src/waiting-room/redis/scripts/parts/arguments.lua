-- The keys and arguments of every script. A script is put together from parts and a verb: see ../../scripts.ts. This part comes first.
-- Parts define locals and change nothing: a verb calls by name whatever reads or writes.
--
-- KEYS  of one event. Its id is their hash tag, so that a cluster keeps them on one node.
--       A user is 22 characters, the UUID in base64url: its 36 characters would cost 16 bytes more per user.
--   1 waiting   sorted set  user -> sequence * 2^22 + contact: the line, in order of arrival. A contact is the time of the user's last
--                           one in tenths of a second, modulo 2^22 (4.8 days). So one set keeps both order and presence.
--   2 inside    sorted set  user -> time in ms at which the user's entry ends
--   3 called    sorted set  user -> time in ms of the last contact of a user who was let in from the line and has not used the entry yet
--   4 left      sorted set  user -> time in ms at which the user left a room that forms again after a loss: older proofs are void
--   5 lobby     sorted set  user -> last contact in tenths of a second: the users who wait for the draw
--   6 drawn     sorted set  user -> as in waiting: the result of the draw, while it is being written
--   7 state     hash        the fields of the table in room.lua, and what was last announced: see admit.lua
--   8 stats     hash        see counts.lua
--   9 marks     sorted set  "<time in ms>:<estimate in s>" -> sequence: when a place was given, and which wait was estimated for it
-- ARGV
--   1 threshold    how many users may be inside
--   2 insideTtl    ms of silence that end a place inside
--   3 waitingTtl   ms of silence that end a place in line or in the lobby
--   4 paused       1: no user is let in
--   5 drain        the most users let in per second; 0: no limit
--   6 opensAt      ms at which the lobby opens; 0: the event has no lobby
--   7 startsAt     ms at which the sale starts and the lottery is drawn; 0: no lobby
--   8 reform       ms that a lost line gets to form again before it moves
--   9 stillMs      a line in which nothing was done for this many ms stood still: the instances move it more often than that
--   10 drawn       1: the lottery is drawn, and its order stored
--   11 born        what the calling instance knew of this room when a command of its own last returned (0: nothing): when it began,
--   12 kept        when it was last kept,
--   13 seq         the last sequence number given,
--   14 inside      how many users were inside,
--   15 line        1: there was a line or a lobby
--   16 until       ms until when that counts: soon after that the room ends by itself, unless another instance keeps it
--   17 to 22       the same, as another instance told it since
local waiting, inside, called, left = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local lobby, drawn, state, stats, marks = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local threshold, insideTtl, waitingTtl = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local paused, drain = ARGV[4] == '1', tonumber(ARGV[5])
local opensAt, startsAt, reformMs = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local stillMs, isDrawn = tonumber(ARGV[9]), ARGV[10] == '1'
local OWN_KNOWLEDGE, NEWS = 11, 17
-- The arguments that a verb adds come after these.
local COMMON = 22
local longestTtl = math.max(insideTtl, waitingTtl)
local unpack = unpack or table.unpack

-- ms since 1970 by the clock of Redis: the clocks of the instances don't matter.
local time = redis.call('TIME')
local now = time[1] * 1000.0 + math.floor(time[2] / 1000)

-- A number as Redis takes it. Lua itself would write 1e+15, and the embedded Redis 10.0.
local function whole(number) return string.format('%.0f', number) end
