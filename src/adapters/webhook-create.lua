-- Puts a new webhook on record, in its lists and under its master key, with what its idempotency key
-- answers from now on, or nothing at all. The first one ever sets the cursor: from there on events become
-- deliveries. Safe to resend: the same id with the same content answers "created" again.
--
-- KEYS  1 webhook   2 ids of tenant   3 ids of all   4 webhooks by master key   5 cursor
--       6 idempotency (only when ARGV 6 is not '')
-- ARGV  1 id  2 tenant  3 version  4 record JSON  5 "master key id"  6 idempotency hash or ''  7 its life ms
--       8 most webhooks of a tenant  9 id of the newest event
-- Result {'created'} | {'replayed', record JSON} | {'key_reused'} | {'full'} | error when the id is another's
local id, doc, hash = ARGV[1], ARGV[4], ARGV[6]

if hash ~= '' then
  local first = redis.call('HMGET', KEYS[6], 'hash', 'id', 'doc')
  if first[2] == id then return { 'created' } end
  if first[1] and first[1] ~= hash then return { 'key_reused' } end
  if first[1] then return { 'replayed', first[3] } end
end
local present = redis.call('HGET', KEYS[1], 'doc')
if present then
  if present == doc then return { 'created' } end
  return redis.error_reply('ERR the id belongs to another webhook: ' .. id)
end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[8]) then return { 'full' } end

redis.call('HSET', KEYS[1], 'doc', doc, 'version', ARGV[3], 'tenant', ARGV[2])
redis.call('ZADD', KEYS[2], 0, id)
redis.call('ZADD', KEYS[3], 0, id)
redis.call('ZADD', KEYS[4], 0, ARGV[5])
redis.call('SET', KEYS[5], ARGV[9], 'NX')
if hash ~= '' then
  redis.call('HSET', KEYS[6], 'hash', hash, 'id', id, 'doc', doc)
  redis.call('PEXPIRE', KEYS[6], ARGV[7])
end
return { 'created' }
