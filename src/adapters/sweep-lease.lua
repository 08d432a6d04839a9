-- Takes or renews the lease of the process that sweeps, or gives it back. Safe to resend.
--
-- KEYS  1 sweeper
-- ARGV  1 token of the process   2 how long it is held (ms), 0 to give it back
-- Result 1 when the process has it, or has given it back | 0 when another has it
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
