-- Closes every breaker of a cloud account, whatever the region: what is opened meanwhile stays open.
-- A resend finds nothing open any more and says so.
--
-- KEYS  1 breakers
-- ARGV  1 account
-- Result the records (JSON) of those that were open
local all, ending, open = redis.call('HGETALL', KEYS[1]), ':' .. ARGV[1], {}
for i = 1, #all, 2 do
  if string.sub(all[i], -#ending) == ending then
    redis.call('HDEL', KEYS[1], all[i])
    open[#open + 1] = all[i + 1]
  end
end
return open
