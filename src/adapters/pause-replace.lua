-- Replaces the record of a pause, unless it is another one by now: of several that want its probe one gets it.
--
-- KEYS  1 pauses
-- ARGV  1 scope  2 old JSON  3 new JSON
-- Result 1 when it was replaced, else 0
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
