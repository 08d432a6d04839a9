-- Hands out the newest survey of a topic, and the turn to make the next one to one asker at a time.
-- Guarantees: one turn at a time over all processes; ages are measured on Redis's own clock, so askers
-- need not agree on the time. Safe to resend: the same token has the same turn.
--
-- KEYS  1 survey (hash: at, ids, count)    2 turn (string: token)
-- ARGV  1 age in ms up to which a survey may be used    2 age in ms from which a newer one is wanted
--       3 token    4 ms after which a turn that nobody finished is over
-- Result {1 when the turn is the asker's, else 0; now in ms; how many ids the last survey had; its ids,
--        '' when it may not be used; its age in ms, 0 likewise}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local kept = redis.call('HMGET', KEYS[1], 'at', 'count')
local age = kept[1] and now - tonumber(kept[1])
-- A survey from the future tells that Redis's clock was set back (a failover).
local usable = age and age >= 0 and age <= tonumber(ARGV[1])

local mine = 0
if not usable or age >= tonumber(ARGV[2]) then
  local holder = redis.call('GET', KEYS[2])
  if not holder then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
  if not holder or holder == ARGV[3] then mine = 1 end
end
local ids = usable and redis.call('HGET', KEYS[1], 'ids') or ''
return { mine, now, tonumber(kept[2]) or 0, ids, usable and age or 0 }
