-- Ends a turn: keeps the survey that was made in it, where it is the newest, and says when the next may begin.
-- Safe to resend. Who lost the turn meanwhile ends nobody else's.
--
-- KEYS  1 survey (hash: at, ids, count)    2 turn (string: token)
-- ARGV  1 token    2 when the turn began, ms by Redis's clock    3 ids, '' when none could be had
--       4 how many    5 ms that the survey lives    6 ms from the begin of this turn to the begin of the next
-- Result 1
local began = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local at = tonumber(redis.call('HGET', KEYS[1], 'at'))
-- One from the future was made before Redis's clock was set back.
local newer = not at or at < began or at > now
if ARGV[3] ~= '' and newer then
  redis.call('HSET', KEYS[1], 'at', ARGV[2], 'ids', ARGV[3], 'count', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  local rest = began + tonumber(ARGV[6]) - now
  if rest > 0 and rest <= tonumber(ARGV[6]) then
    redis.call('PEXPIRE', KEYS[2], rest)
  else
    redis.call('DEL', KEYS[2])
  end
end
return 1
