-- Moves the cursor over a page of events and adds their deliveries, or nothing at all: so an event becomes
-- deliveries once, whichever process reads it and wherever one dies. A webhook that is gone or disabled
-- gets none. Where more waits for the endpoints of a tenant than may, the deliveries of its oldest events are
-- dropped, of whichever of its webhooks, which is an event. Without a page ('' for both places) the cursor
-- stays and the deliveries are added. Of a resend the page was moved over already. After webhook-backlog.lua.
--
-- KEYS  1 cursor   2 webhooks due   3 events, then for each tenant its backlog and its order, and for each of
--       its webhooks: webhook, deliveries, delivery log, due deliveries
-- ARGV  1 place before or ''   2 place after or ''   3 now ms   4 most bytes that wait for a tenant   5 JSON: of
--       each tenant {webhooks: [{id, dropped: event JSON}], events: [{id, body, rows: [[index of the webhook
--       from 0, "version JSON"], …]}]}, in the order of the keys
-- Result {'moved', number of deliveries added} | {'behind'}
if ARGV[1] ~= '' then
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'behind' } end
  redis.call('SET', KEYS[1], ARGV[2])
end

-- Of one run: what is too much after it is dropped by the next.
local MOST_DROPPED_EVENTS = 500
local now, added, key = ARGV[3], 0, 4

local function isPending(hook, eventId) return redis.call('ZSCORE', hook.due, eventId) end

local function dropOldest(tenant, backlog, order)
  local place = 0
  for _ = 1, MOST_DROPPED_EVENTS do
    if tonumber(redis.call('HGET', backlog, 'bytes') or '0') <= tonumber(ARGV[4]) then return end
    local eventId = redis.call('ZRANGE', order, place, place)[1]
    if not eventId then return end
    for _, hook in ipairs(tenant.webhooks) do
      local row = isPending(hook, eventId) and redis.call('HGET', hook.deliveries, eventId)
      if row then
        redis.call('HDEL', hook.deliveries, eventId)
        redis.call('ZREM', hook.log, eventId)
        redis.call('ZREM', hook.due, eventId)
        release(backlog, order, eventId, row)
        hook.count = hook.count + 1
      end
    end
    -- A webhook that is not among these, made meanwhile, waits with it.
    if redis.call('ZSCORE', order, eventId) then place = place + 1 end
  end
end

for _, tenant in ipairs(cjson.decode(ARGV[5])) do
  local backlog, order = KEYS[key], KEYS[key + 1]
  key = key + 2
  for _, hook in ipairs(tenant.webhooks) do
    hook.key, hook.deliveries, hook.log, hook.due = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
    key = key + 4
    local present = redis.call('HMGET', hook.key, 'tenant', 'disabled')
    hook.isOpen = present[1] and not present[2]
    hook.count = 0
  end
  for _, event in ipairs(tenant.events) do
    local count = 0
    for _, row in ipairs(event.rows) do
      local hook = tenant.webhooks[row[1] + 1]
      if hook.isOpen then
        redis.call('HSET', hook.deliveries, event.id, row[2])
        redis.call('ZADD', hook.log, 0, event.id)
        redis.call('ZADD', hook.due, now, event.id)
        redis.call('ZADD', KEYS[2], 'LT', now, hook.id)
        count = count + 1
      end
    end
    if count > 0 then hold(backlog, order, event.id, event.body, count) end
    added = added + count
  end
  dropOldest(tenant, backlog, order)
  for _, hook in ipairs(tenant.webhooks) do
    if hook.count > 0 then
      local event = cjson.decode(hook.dropped)
      event.data.dropped = hook.count
      redis.call('XADD', KEYS[3], '*', 'event', cjson.encode(event))
      local first = redis.call('ZRANGE', hook.due, 0, 0, 'WITHSCORES')
      if hook.isOpen and first[2] then
        redis.call('ZADD', KEYS[2], first[2], hook.id)
      else
        redis.call('ZREM', KEYS[2], hook.id)
      end
    end
  end
end
return { 'moved', added }
