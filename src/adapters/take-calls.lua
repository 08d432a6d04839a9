-- Grants evenly paced calls of one scope (a cloud account's key in one region) to every process alike.
-- Guarantees: granted slots of a scope lie at least one spacing apart, on Redis's own clock, which is the
-- only clock that decides. So no window shorter than n spacings holds more than n of them, and there is
-- no burst after a rest: what was not used is not saved up.
-- When upstream throttled, the rate halves (to a tenth at least) and grows back in a straight line.
-- Resending costs slots, never pace. An idle key expires; without a key the full rate applies at once.
--
-- KEYS  1 hash: next (first free instant, microseconds), rate (part of the full rate), at (since when)
-- ARGV  1 calls wanted, 0 for none    2 spacing at full rate, microseconds
--       3 how far ahead the first slot may lie, microseconds
--       4 '1' when upstream throttled, else '0'    5 time to grow from nothing to the full rate, microseconds
-- Result {1, microseconds until the first slot, spacing in microseconds}
--      | {0, microseconds until a slot can be had, spacing in microseconds}
local calls, spacing, ahead, growth = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local state = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at')
local free = math.max(now, tonumber(state[1]) or 0)
-- No grant reaches further ahead than this; if one seems to, Redis's clock was set back (a failover).
if free - now > 30000000 + 100 * spacing then free = now end

local rate = 1
if state[2] then
  rate = math.min(1, tonumber(state[2]) + math.max(0, now - tonumber(state[3])) / growth)
end
if ARGV[4] == '1' then
  rate = math.max(0.1, rate / 2)
  redis.call('HSET', KEYS[1], 'rate', rate, 'at', string.format('%.0f', now))
end
local pace = math.ceil(spacing / rate)

local granted = calls > 0 and free - now <= ahead
local taken = free
if granted then
  taken = free + calls * pace
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', taken))
end
-- Kept until the last slot has passed and the rate has grown back, and a second more.
redis.call('PEXPIRE', KEYS[1], math.ceil((taken - now + growth) / 1000) + 1000)
return { granted and 1 or 0, free - now, pace }
