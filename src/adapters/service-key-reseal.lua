-- Replaces the sealed service key, if it is still the one that was opened.
--
-- KEYS  1 service key
-- ARGV  1 sealed text before  2 sealed text after
-- Result 1 when replaced, 0 when it is another one
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end

redis.call('SET', KEYS[1], ARGV[2])
return 1
