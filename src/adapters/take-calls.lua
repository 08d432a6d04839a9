-- Grants evenly paced calls of one scope (a cloud account's key in one region) to every process alike, and
-- gives each taker it refuses a time of its own to come back.
-- Pace: granted slots of a scope lie at least one spacing apart, on Redis's own clock, which is the only
-- clock that decides. So no window shorter than n spacings holds more than n of them, and there is no
-- burst after a rest: what was not used is not saved up. When upstream throttled, the rate halves (to a
-- tenth at least) and grows back in a straight line.
-- Order: a refused taker keeps a place, by urgency in fair queueing with the shares below: an urgency that
-- rested goes first, and one that always waits has at least its share of the calls, so none starves.
-- Within one urgency, first come, first served. A taker that is expected now keeps later ones out, for
-- half a second at most; slots that nobody is expected for go to whoever asks. Who is awaited longer than
-- `FORGET` loses the place.
-- Own time: when all who have a better place will have been served, with the slots they usually take, and
-- `early` before that. Beyond the horizon a time between half of it and all of it, spread: to ask again.
-- Resending costs slots, never pace, nor a second place. Idle keys expire; without them all is as at first.
--
-- KEYS  1 hash: next (first free instant, microseconds), rate (part of the full rate), at (since when),
--         v (virtual time: calls over share), n (refusals), and for each urgency u: g<u> (where its last
--         grant ended, virtual), m<u> (calls it usually takes)
--       2-4 sorted sets, most urgent first: who waits, by place (virtual)
--       5-7 sorted sets, likewise: who waits, by the time it is expected (microseconds)
-- ARGV  1 calls wanted, 0 for none    2 spacing at full rate, microseconds
--       3 how far ahead the first slot may lie, microseconds
--       4 '1' when upstream throttled, else '0'    5 time to grow from nothing to the full rate, microseconds
--       6 urgency, 1 first    7 who asks: the same each time it comes back
--       8 how long before its slot a taker is to come back, microseconds
-- Result {1, microseconds until the first slot, spacing in microseconds}
--      | {0, microseconds until its own time to come back, spacing in microseconds}
local SHARES = { 16, 4, 1 }
local GRACE, FORGET, HORIZON, NEARBY = 500000, 10000000, 60000000, 50
local calls, spacing, ahead, growth = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local urgency, taker, early = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local state = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at', 'v', 'n', 'm1', 'm2', 'm3', 'g' .. urgency)
local free = math.max(now, tonumber(state[1]) or 0)
-- No grant reaches further ahead than this; if one seems to, Redis's clock was set back (a failover).
if free - now > 30000000 + 100 * spacing then
  free = now
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
end

local rate = 1
if state[2] then
  rate = math.min(1, tonumber(state[2]) + math.max(0, now - tonumber(state[3])) / growth)
end
if ARGV[4] == '1' then
  rate = math.max(0.1, rate / 2)
  redis.call('HSET', KEYS[1], 'rate', rate, 'at', string.format('%.0f', now))
end
local pace = math.ceil(spacing / rate)

-- Kept until the last slot has passed, the rate has grown back and all who wait are forgotten, and a second more.
local function answer(granted, wait, taken)
  local life = math.max(taken - now + growth, HORIZON + FORGET)
  for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, math.ceil(life / 1000) + 1000)
  end
  return { granted, math.ceil(wait), pace }
end
if calls == 0 then return answer(0, free - now, free) end

local function micros(instant) return string.format('%.0f', instant) end
local function placeOf(u, who) return tonumber(redis.call('ZSCORE', KEYS[1 + u], who)) end
local function leave(u, who)
  redis.call('ZREM', KEYS[1 + u], who)
  redis.call('ZREM', KEYS[4 + u], who)
end
for u = 1, 3 do
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4 + u], '-inf', micros(now - FORGET), 'LIMIT', 0, 100)) do
    leave(u, gone)
  end
end

local share, virtual = SHARES[urgency], tonumber(state[4]) or 0
local usual = { tonumber(state[6]) or 1, tonumber(state[7]) or 1, tonumber(state[8]) or 1 }
local place = placeOf(urgency, taker)
local isNew = not place
-- Whoever asks has come, in time or not.
redis.call('ZREM', KEYS[4 + urgency], taker)
if isNew then
  local last = redis.call('ZRANGE', KEYS[1 + urgency], -1, -1, 'WITHSCORES')[2]
  place = math.max(virtual, tonumber(state[9]) or 0, last and tonumber(last) + usual[urgency] / share or 0)
end
local function isBefore(u, other) return other < place or (other == place and u < urgency) end

-- How long so many calls will take, while the rate grows back.
local function lasting(count)
  local work, grown = count * spacing, (1 - rate) * growth
  local done = grown * (1 + rate) / 2
  if work >= done then return grown + work - done end
  return growth * (math.sqrt(rate * rate + 2 * work / growth) - rate)
end

-- The calls of those who are expected about now and have a better place.
local expected = 0
for u = 1, 3 do
  local from, to = micros(now - GRACE), micros(now + early)
  for _, who in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4 + u], from, to, 'LIMIT', 0, NEARBY)) do
    if isBefore(u, placeOf(u, who) or math.huge) then expected = expected + usual[u] end
  end
end

if free - now + lasting(expected) <= ahead then
  leave(urgency, taker)
  local taken = free + calls * pace
  local passed = place
  for u = 1, 3 do
    local first = redis.call('ZRANGE', KEYS[1 + u], 0, 0, 'WITHSCORES')[2]
    if first then passed = math.min(passed, tonumber(first)) end
  end
  redis.call('HSET', KEYS[1], 'next', micros(taken), 'v', math.max(virtual, passed),
    'g' .. urgency, math.max(tonumber(state[9]) or 0, place + calls / share))
  return answer(1, free - now, taken)
end

-- Those who are long overdue hold a place, but no slots.
local waiting = 0
for u = 1, 3 do
  local better = redis.call('ZCOUNT', KEYS[1 + u], '-inf', (u < urgency and '' or '(') .. string.format('%.17g', place))
  local overdue = redis.call('ZCOUNT', KEYS[4 + u], '-inf', '(' .. micros(now - GRACE))
  waiting = waiting + math.max(0, better - overdue) * usual[u]
end
local refusals = (tonumber(state[5]) or 0) + 1
local wait = free - now + lasting(math.max(waiting, expected)) - early
if wait > HORIZON then wait = HORIZON * (1 + refusals * 0.6180339887 % 1) / 2 end
redis.call('ZADD', KEYS[1 + urgency], string.format('%.17g', place), taker)
redis.call('ZADD', KEYS[4 + urgency], micros(now + wait), taker)
redis.call('HSET', KEYS[1], 'n', refusals)
if isNew then
  local before = state[5 + urgency] and usual[urgency] or calls
  redis.call('HSET', KEYS[1], 'm' .. urgency, before + (calls - before) / 8)
end
return answer(0, wait, free)
