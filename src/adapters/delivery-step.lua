-- Writes one step of one delivery by compare-and-set on its version: the record, when it is due next, the
-- bound of the log, and whether its webhook is disabled by it, which is an event; or nothing. Safe to
-- resend: the record already there answers "applied" again. After webhook-backlog.lua.
--   begin   an attempt begins: refused when the webhook is disabled
--   end     it has ended
--
-- KEYS  1 webhook   2 deliveries   3 delivery log   4 due deliveries   5 ended deliveries   6 webhooks due   7 events
--       8 backlog   9 order
-- ARGV  1 webhook id  2 event id  3 version before  4 "version JSON" after  5 begin|end  6 due ms, or '' when it has ended
--       7 now ms  8 '1' when the endpoint took it  9 {at, reason} JSON to disable the webhook or ''
--      10 only when no delivery succeeded since (ms), or ''  11 event JSON or ''  12 most ended deliveries kept  13 body
-- Result 'applied' | 'stale' | 'gone' | 'disabled'
local id, eventId = ARGV[1], ARGV[2]
local webhook = redis.call('HMGET', KEYS[1], 'tenant', 'disabled', 'lastSuccessAt')
local present = redis.call('HGET', KEYS[2], eventId)
if not webhook[1] or not present then return 'gone' end
if present == ARGV[4] then return 'applied' end
if string.match(present, '^%d+') ~= ARGV[3] then return 'stale' end
if ARGV[5] == 'begin' and webhook[2] then return 'disabled' end

redis.call('HSET', KEYS[2], eventId, ARGV[4])
if ARGV[6] == '' then
  release(KEYS[8], KEYS[9], eventId, present)
elseif isOwnBody(present) then
  hold(KEYS[8], KEYS[9], eventId, ARGV[13], 1)
end
if ARGV[8] == '1' then redis.call('HSET', KEYS[1], 'lastSuccessAt', ARGV[7]) end
if ARGV[6] ~= '' then
  redis.call('ZADD', KEYS[4], ARGV[6], eventId)
else
  redis.call('ZREM', KEYS[4], eventId)
  redis.call('ZADD', KEYS[5], ARGV[7], eventId)
  local tooMany = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[12])
  if tooMany > 0 then
    for _, old in ipairs(redis.call('ZRANGE', KEYS[5], 0, tooMany - 1)) do
      redis.call('HDEL', KEYS[2], old)
      redis.call('ZREM', KEYS[3], old)
      redis.call('ZREM', KEYS[5], old)
    end
  end
end

local isOpen = not webhook[2]
local hasLived = ARGV[10] ~= '' and webhook[3] and tonumber(webhook[3]) >= tonumber(ARGV[10])
if isOpen and ARGV[9] ~= '' and not hasLived then
  redis.call('HSET', KEYS[1], 'disabled', ARGV[9])
  redis.call('XADD', KEYS[7], '*', 'event', ARGV[11])
  isOpen = false
end
local first = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
if isOpen and first[2] then
  redis.call('ZADD', KEYS[6], first[2], id)
else
  redis.call('ZREM', KEYS[6], id)
end
return 'applied'
