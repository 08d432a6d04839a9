-- Counts a look at a record that has not come to an end. Resent it counts once more: that is harmless, as
-- a look that comes to an end clears it.
--
-- KEYS  1 tries
-- ARGV  1 'begin': one more, which begins now | 'cut-off': at least one   2 now ms   3 how long it is kept (ms)
-- Result how many there are
local count
if ARGV[1] == 'begin' then
  count = redis.call('HINCRBY', KEYS[1], 'n', 1)
else
  redis.call('HSETNX', KEYS[1], 'n', 1)
  count = tonumber(redis.call('HGET', KEYS[1], 'n'))
end
redis.call('HSET', KEYS[1], 'at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return count
