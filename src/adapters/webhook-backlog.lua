-- What waits for the endpoints of a tenant and how many bytes that takes. The body of an event is there once,
-- however many deliveries wait with it, and goes with the last of them. Begins every script that adds or ends
-- deliveries.
--
-- Backlog   hash: 'bytes', and of each event its id → body and 'n id' → how many deliveries wait with it
-- Order     sorted set of the ids of these events, all with score 0
local DELIVERY_BYTES, BODY_BYTES = 1600, 600

local function hold(backlog, order, eventId, body, count)
  local bytes = count * DELIVERY_BYTES
  if redis.call('HINCRBY', backlog, 'n ' .. eventId, count) == count then
    redis.call('HSET', backlog, eventId, body)
    redis.call('ZADD', order, 0, eventId)
    bytes = bytes + #body + BODY_BYTES
  end
  redis.call('HINCRBY', backlog, 'bytes', bytes)
end

-- Those of versions before had their body in the row, which was not counted.
local function isOwnBody(row) return string.find(row, '"body":"', 1, true) ~= nil end

local function release(backlog, order, eventId, row)
  local body = not isOwnBody(row) and redis.call('HGET', backlog, eventId)
  if not body then return end
  local bytes = DELIVERY_BYTES
  if redis.call('HINCRBY', backlog, 'n ' .. eventId, -1) <= 0 then
    redis.call('HDEL', backlog, eventId, 'n ' .. eventId)
    redis.call('ZREM', order, eventId)
    bytes = bytes + #body + BODY_BYTES
  end
  if redis.call('HINCRBY', backlog, 'bytes', -bytes) <= 0 then redis.call('DEL', backlog, order) end
end
