-- Applies one step of one migration by compare-and-set on (status, version, fence): the record, its
-- indexes, history, event, instances, its batch's counts and wake-ups, or nothing. Safe to resend: the
-- last token applied answers "applied" again.
--   take     both instances free → held under a new, higher fence; else nothing is written
--   keep     both must still be held by this migration under this very fence
--   release  as keep, then both are given back and the outbox says so
--   none     it holds none and takes none
-- Of a batch nothing is granted or intended unless its gate is open, and nothing is granted above its cap;
-- one whose cancel was asked for is granted for a look at its instances all the same. What comes back to
-- wait behind a gate that was shut for good wakes the batch.
-- In one that was canceled or halted nothing is wanted again.
-- A failure closes the gate of a batch that halts on it, of a paused one when it is resumed. That, and that an ended batch goes on, is an event of the batch.
-- A step that writes an intent is refused while a rollback of Redis is being sat out, and when the
-- writer has not seen the latest one.
--
-- KEYS  1 migration   2 history   3 due           4 queued      5 waiting source  6 waiting target
--       7 leases      8 outbox    9 events       10 counters   11 rollback       12 ids by old status
--      13 ids by new status      14 same         15 credential users            16 imports of tenant
--      17 import owners          18 batch        19 waiting of batch            20 work
--      21 sizes      22 samples  23 dependents   24 credential       25 changed batches
--      26 ended      27 missing of batch            28 parked
-- ARGV  1 id  2 old version  3 old status  4 token  5 record JSON  6 new status  7 take|keep|release|none
--       8 source  9 target  10 fence or ''  11 history entry JSON or ''  12 event JSON or ''
--      13 wakeAt ms or ''  14 waiter JSON or ''  15 queuedAt ms or ''  16 ImportId to bind or ''
--      17 rollbacks seen by the intent, or ''  18 now ms  19 queue to wake or ''  20 '1' when it has ended
--      21 when the state changed (ms) or ''  22 batch id or ''  23 size of the source's data, newly seen, or ''
--      24 sample of a duration or ''  25 most samples kept  26 '1' when it had ended  27 '1' to allow a duplicate
--      28 tenant  29 '1' when its cancel was asked for  30 since when it is parked (ms) or ''
-- Result {'applied', fence or '', number of the intent or '', outbox entries…} | {'stale'} | {'occupied', instance, holder}
--        | {'import_bound', holder} | {'quarantined', until ms} | {'gated', gate or 'full'}
--        | {'duplicate', id} | {'credential_gone'}
local id, token, lease = ARGV[1], ARGV[4], ARGV[7]
local source, target = ARGV[8], ARGV[9]

local now = redis.call('HMGET', KEYS[1], 'status', 'version', 'fence', 'token', 'intent')
if now[4] == token then return { 'applied', now[3] or '', now[5] or '' } end
if now[1] ~= ARGV[3] or now[2] ~= ARGV[2] or (now[3] or '') ~= ARGV[10] then return { 'stale' } end

local batch = { 'open', '', '0', '', '0', '' }
if ARGV[22] ~= '' then
  batch = redis.call('HMGET', KEYS[18], 'gate', 'cap', 'flight', 'halts', 'total', 'finishedAt')
  local grants = lease == 'take' and ARGV[29] == ''
  local starts = grants or ARGV[17] ~= ''
  if starts and batch[1] ~= 'open' then return { 'gated', batch[1] or 'canceled' } end
  if ARGV[26] == '1' and (batch[1] == 'canceled' or batch[1] == 'halted') then
    return { 'gated', batch[1] }
  end
  if grants and batch[2] ~= '' and tonumber(batch[3]) >= tonumber(batch[2]) then
    return { 'gated', 'full' }
  end
end
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
if ARGV[26] == '1' then
  if redis.call('HGET', KEYS[24], 'tenant') ~= ARGV[28] then return { 'credential_gone' } end
  local same = redis.call('SMEMBERS', KEYS[14])
  if #same > 0 and ARGV[27] ~= '1' then
    table.sort(same)
    return { 'duplicate', same[1] }
  end
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
  'fence', fence, 'intent', intent, 'ready', ARGV[14] ~= '' and '1' or '')
if ARGV[6] ~= ARGV[3] then
  redis.call('ZREM', KEYS[12], id)
  redis.call('ZADD', KEYS[13], 0, id)
end
if ARGV[11] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[11]) end
if ARGV[12] ~= '' then redis.call('XADD', KEYS[9], '*', 'event', ARGV[12]) end

-- A row is "size of the source's data, if known | waiter JSON"; the work of an instance is their sums.
local function weigh(row, sign)
  local bytes = string.match(row, '^(%d*)|')
  local part = bytes == '' and ' unsized' or ' sized'
  for _, instance in ipairs({ source, target }) do
    if bytes ~= '' then redis.call('HINCRBYFLOAT', KEYS[20], instance .. ' bytes', sign * tonumber(bytes)) end
    if redis.call('HINCRBY', KEYS[20], instance .. part, sign) <= 0 then
      redis.call('HDEL', KEYS[20], instance .. part)
      if bytes ~= '' then redis.call('HDEL', KEYS[20], instance .. ' bytes') end
    end
  end
end
if ARGV[23] ~= '' then redis.call('HSET', KEYS[21], source, ARGV[23]) end
local row = redis.call('HGET', KEYS[5], id)
if ARGV[14] ~= '' then
  if row then weigh(row, -1) end
  row = (redis.call('HGET', KEYS[21], source) or '') .. '|' .. ARGV[14]
  weigh(row, 1)
  redis.call('HSET', KEYS[5], id, row)
  redis.call('HSET', KEYS[6], id, row)
  if ARGV[22] ~= '' then redis.call('HSET', KEYS[19], id, row) end
elseif row then
  weigh(row, -1)
  redis.call('HDEL', KEYS[5], id)
  redis.call('HDEL', KEYS[6], id)
  if ARGV[22] ~= '' then redis.call('HDEL', KEYS[19], id) end
end
if ARGV[6] == 'queued' then
  redis.call('ZADD', KEYS[4], ARGV[15], id)
elseif ARGV[3] == 'queued' then
  redis.call('ZREM', KEYS[4], id)
end
if ARGV[30] ~= '' then redis.call('ZADD', KEYS[28], ARGV[30], id) else redis.call('ZREM', KEYS[28], id) end
if import ~= '' then
  redis.call('HSET', KEYS[16], import, id)
  redis.call('HSET', KEYS[17], target .. '/' .. import, id)
end
if ARGV[24] ~= '' then
  redis.call('LPUSH', KEYS[22], ARGV[24])
  redis.call('LTRIM', KEYS[22], 0, tonumber(ARGV[25]) - 1)
end
if ARGV[20] == '1' then
  redis.call('SREM', KEYS[14], id)
  redis.call('SREM', KEYS[15], id)
  -- Those of a batch are dropped with it.
  if ARGV[22] == '' and ARGV[21] ~= '' then redis.call('ZADD', KEYS[26], ARGV[21], id) end
elseif ARGV[26] == '1' then
  redis.call('SADD', KEYS[14], id)
  redis.call('SADD', KEYS[15], id)
  redis.call('ZREM', KEYS[26], id, ARGV[22])
end

local result = { 'applied', fence, intent }
local function wake(entry)
  redis.call('ZADD', KEYS[8], redis.call('HINCRBY', KEYS[10], 'outbox', 1), entry)
  table.insert(result, entry)
end
if ARGV[13] ~= '' then redis.call('ZADD', KEYS[3], ARGV[13], id) else redis.call('ZREM', KEYS[3], id) end
if ARGV[19] ~= '' then
  wake(ARGV[19] .. ' ' .. id .. ' ' .. version .. ' ' .. (ARGV[13] ~= '' and ARGV[13] or '0'))
end
if lease == 'release' and ARGV[19] ~= 'schedule' then
  wake('schedule ' .. id .. ' ' .. version .. ' 0')
elseif lease == 'release' and ARGV[13] ~= '' then
  -- Its own wake-up is for later; who waits for the two instances is looked for now.
  wake('schedule ' .. id .. ' freed-' .. version .. ' 0')
end
-- A dependent is woken when nothing is missing any more, or when this did not succeed. Batches accepted before
-- there were counters have none: their dependents are woken by each end, and look for themselves.
if ARGV[20] == '1' and ARGV[26] ~= '1' then
  for _, dependent in ipairs(redis.call('SMEMBERS', KEYS[23])) do
    local missing = 0
    if ARGV[6] == 'succeeded' and redis.call('HEXISTS', KEYS[27], dependent) == 1 then
      missing = redis.call('HINCRBY', KEYS[27], dependent, -1)
    end
    if missing <= 0 then wake('schedule ' .. dependent .. ' after-' .. id .. '-' .. version .. ' 0') end
  end
end

if ARGV[22] ~= '' then
  local asks = lease == 'release' and batch[2] ~= ''
  local waits = ARGV[6] == 'scheduled' or ARGV[6] == 'queued' or ARGV[6] == 'checking'
  if waits and ARGV[6] ~= ARGV[3] and ARGV[29] == '' then
    asks = asks or batch[1] == 'canceled' or batch[1] == 'halted'
  end
  if lease == 'take' then redis.call('HINCRBY', KEYS[18], 'flight', 1) end
  if lease == 'release' then redis.call('HINCRBY', KEYS[18], 'flight', -1) end
  if ARGV[6] ~= ARGV[3] then
    redis.call('HINCRBY', KEYS[18], ARGV[3], -1)
    redis.call('HINCRBY', KEYS[18], ARGV[6], 1)
  end
  local news = ''
  -- It has not ended, whatever was written before one of its members was wanted again.
  if ARGV[26] == '1' then
    redis.call('HSET', KEYS[18], 'finishedAt', '')
    -- A look that has seen its end must not write that any more.
    redis.call('HINCRBY', KEYS[18], 'version', 1)
    if (batch[6] or '') ~= '' then news = batch[1] == 'paused' and 'batch.paused' or 'batch.running' end
  end
  if ARGV[6] == 'failed' and batch[4] == '1' and batch[1] == 'paused' then
    redis.call('HSET', KEYS[18], 'haltsOnResume', '1')
    redis.call('HINCRBY', KEYS[18], 'version', 1)
  end
  if ARGV[6] == 'failed' and batch[4] == '1' and batch[1] == 'open' then
    redis.call('HSET', KEYS[18], 'gate', 'halted')
    redis.call('HINCRBY', KEYS[18], 'version', 1)
    news = 'batch.halted'
    asks = true
  end
  if news ~= '' then
    redis.call('XADD', KEYS[9], '*', 'type', news, 'at', ARGV[21],
      'batch', cjson.encode(redis.call('HGETALL', KEYS[18])))
    redis.call('SREM', KEYS[25], ARGV[22])
  elseif ARGV[6] ~= ARGV[3] then
    redis.call('SADD', KEYS[25], ARGV[22])
  end
  -- With its last end it is finished, and with the first new attempt after that it has a window to follow again.
  if ARGV[20] ~= ARGV[26] then
    local ended = redis.call('HMGET', KEYS[18], 'succeeded', 'failed', 'canceled')
    local sum = tonumber(ended[1] or '0') + tonumber(ended[2] or '0') + tonumber(ended[3] or '0')
    asks = asks or sum == tonumber(batch[5]) - (ARGV[26] == '1' and 1 or 0)
  end
  if asks then wake('schedule ' .. ARGV[22] .. ' after-' .. id .. '-' .. version .. ' 0') end
end
return result
