-- Moves the cursor over a page of events and adds their deliveries, or nothing at all: so an event becomes
-- deliveries once, whichever process reads it and wherever one dies. A webhook that is gone or disabled
-- gets none; one with too many pending is disabled, which is an event, and gets none. Without a page (''
-- for both places) the cursor stays and the deliveries are added. Of a resend the page was moved over already.
--
-- KEYS  1 cursor   2 webhooks due   3 events   then for each webhook
--       4 webhook   5 deliveries   6 delivery log   7 due deliveries
-- ARGV  1 place before or ''   2 place after or ''   3 now ms   4 most pending, then for each webhook
--       its id, its {at, reason} JSON and event JSON for too many pending, the number of deliveries, and of each
--       its event id and "version JSON"
-- Result {'moved', number of deliveries added} | {'behind'}
if ARGV[1] ~= '' then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'behind' } end
  redis.call('SET', KEYS[1], ARGV[2])
end

local now, added, at = ARGV[3], 0, 5
for key = 4, #KEYS, 4 do
  local id, count = ARGV[at], tonumber(ARGV[at + 3])
  local present = redis.call('HMGET', KEYS[key], 'tenant', 'disabled')
  local isOpen = present[1] and not present[2]
  if isOpen and redis.call('ZCARD', KEYS[key + 3]) + count > tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[key], 'disabled', ARGV[at + 1])
    redis.call('ZREM', KEYS[2], id)
    redis.call('XADD', KEYS[3], '*', 'event', ARGV[at + 2])
    isOpen = false
  end
  if isOpen then
    for index = 0, count - 1 do
      local eventId = ARGV[at + 4 + 2 * index]
      redis.call('HSET', KEYS[key + 1], eventId, ARGV[at + 5 + 2 * index])
      redis.call('ZADD', KEYS[key + 2], 0, eventId)
      redis.call('ZADD', KEYS[key + 3], now, eventId)
    end
    redis.call('ZADD', KEYS[2], 'LT', now, id)
    added = added + count
  end
  at = at + 4 + 2 * count
end
return { 'moved', added }
