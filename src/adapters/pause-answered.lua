-- Upstream answered: failures before count no more, and an open pause is closed, which is noted for whoever wakes
-- those that waited. A resend finds nothing left to do.
--
-- KEYS  1 failures   2 pauses   3 closed pauses
-- ARGV  1 scope  2 the pause JSON that alone is to be closed, or ''
-- Result 1 when this closed it, else 0
if ARGV[2] ~= '' and redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[3], ARGV[1])
return 1
