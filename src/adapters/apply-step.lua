-- Applies one step of one migration by compare-and-set on (status, version, fence): the record, its
-- indexes, history, event, instances and wake-ups, or nothing. Safe to resend: the last token applied
-- answers "applied" again.
--   take     both instances free → held under a new, higher fence; else nothing is written
--   keep     both must still be held by this migration under this very fence
--   release  as keep, then both are given back and the outbox says so
--   none     it holds none and takes none
-- A step that writes an intent is refused while a rollback of Redis is being sat out, and when the
-- writer has not seen the latest one.
--
-- KEYS  1 migration   2 history   3 due           4 queued      5 waiting source  6 waiting target
--       7 leases      8 outbox    9 events       10 counters   11 rollback       12 ids by old status
--      13 ids by new status      14 same         15 credential users            16 imports of tenant
--      17 import owners
-- ARGV  1 id  2 old version  3 old status  4 token  5 record JSON  6 new status  7 take|keep|release|none
--       8 source  9 target  10 fence or ''  11 history entry JSON or ''  12 event JSON or ''
--      13 wakeAt ms or ''  14 waiter JSON or ''  15 queuedAt ms or ''  16 ImportId to bind or ''
--      17 rollbacks seen by the intent, or ''  18 now ms  19 queue to wake or ''  20 '1' when it has ended
--      21 most events kept
-- Result {'applied', fence or '', number of the intent or ''} | {'stale'} | {'occupied', instance, holder}
--        | {'import_bound', holder} | {'quarantined', until ms}
local id, token, lease = ARGV[1], ARGV[4], ARGV[7]
local source, target = ARGV[8], ARGV[9]

local now = redis.call('HMGET', KEYS[1], 'status', 'version', 'fence', 'token', 'intent')
if now[4] == token then return { 'applied', now[3] or '', now[5] or '' } end
if now[1] ~= ARGV[3] or now[2] ~= ARGV[2] or (now[3] or '') ~= ARGV[10] then return { 'stale' } end

local held = redis.call('HMGET', KEYS[7], source, target)
if lease == 'take' then
  for index, instance in ipairs({ source, target }) do
    if held[index] then return { 'occupied', instance, string.match(held[index], '^%S+') } end
  end
elseif lease ~= 'none' then
  local mine = id .. ' ' .. ARGV[10]
  if held[1] ~= mine or held[2] ~= mine then return { 'stale' } end
end
local import = ARGV[16]
if import ~= '' then
  local owner = redis.call('HGET', KEYS[17], target .. '/' .. import)
  if owner and owner ~= id then return { 'import_bound', owner } end
end
if ARGV[17] ~= '' then
  local rollback = redis.call('HMGET', KEYS[11], 'epoch', 'until')
  if rollback[2] and tonumber(rollback[2]) > tonumber(ARGV[18]) then return { 'quarantined', rollback[2] } end
  if (rollback[1] or '0') ~= ARGV[17] then return { 'stale' } end
end

local fence, intent = ARGV[10], ''
if lease == 'take' then
  fence = tostring(redis.call('HINCRBY', KEYS[10], 'fence', 1))
  redis.call('HSET', KEYS[7], source, id .. ' ' .. fence, target, id .. ' ' .. fence)
elseif lease == 'release' then
  fence = ''
  redis.call('HDEL', KEYS[7], source, target)
end
if ARGV[17] ~= '' then intent = tostring(redis.call('HINCRBY', KEYS[10], 'intents', 1)) end

local version = tonumber(ARGV[2]) + 1
redis.call('HSET', KEYS[1], 'doc', ARGV[5], 'status', ARGV[6], 'version', version, 'token', token,
  'fence', fence, 'intent', intent)
if ARGV[6] ~= ARGV[3] then
  redis.call('ZREM', KEYS[12], id)
  redis.call('ZADD', KEYS[13], 0, id)
end
if ARGV[11] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[11]) end
if ARGV[12] ~= '' then redis.call('XADD', KEYS[9], 'MAXLEN', '~', ARGV[21], '*', 'event', ARGV[12]) end

if ARGV[14] ~= '' then
  redis.call('ZADD', KEYS[4], ARGV[15], id)
  redis.call('HSET', KEYS[5], id, ARGV[14])
  redis.call('HSET', KEYS[6], id, ARGV[14])
elseif ARGV[3] == 'queued' then
  redis.call('ZREM', KEYS[4], id)
  redis.call('HDEL', KEYS[5], id)
  redis.call('HDEL', KEYS[6], id)
end
if import ~= '' then
  redis.call('HSET', KEYS[16], import, id)
  redis.call('HSET', KEYS[17], target .. '/' .. import, id)
end
if ARGV[20] == '1' then
  redis.call('SREM', KEYS[14], id)
  redis.call('SREM', KEYS[15], id)
end

local wakeAt = ARGV[13] ~= '' and ARGV[13] or '0'
if ARGV[13] ~= '' then redis.call('ZADD', KEYS[3], ARGV[13], id) else redis.call('ZREM', KEYS[3], id) end
local wakes = {}
if ARGV[19] ~= '' then table.insert(wakes, ARGV[19]) end
if lease == 'release' and ARGV[19] ~= 'schedule' then table.insert(wakes, 'schedule') end
for _, queue in ipairs(wakes) do
  local order = redis.call('HINCRBY', KEYS[10], 'outbox', 1)
  local at = queue == ARGV[19] and wakeAt or '0'
  redis.call('ZADD', KEYS[8], order, queue .. ' ' .. id .. ' ' .. version .. ' ' .. at)
end
return { 'applied', fence, intent }
