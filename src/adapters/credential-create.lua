-- Stores a new credential, its place in the tenant's list and under its master key, and what its idempotency key answers from
-- now on, or nothing at all. Safe to resend: the same id with the same content answers "created" again.
-- Until the idempotency record expires it keeps the (sealed) credential, also of one removed meanwhile.
--
-- KEYS  1 credential   2 ids of tenant   3 credentials by master key
--       4 idempotency (only when ARGV 5 is not '')
-- ARGV  1 id  2 tenant  3 version  4 record JSON  5 idempotency hash or ''  6 its life ms
-- Result {'created'} | {'replayed', record JSON} | {'key_reused'} | error when the id is another's
local id, tenant, doc, hash = ARGV[1], ARGV[2], ARGV[4], ARGV[5]

if hash ~= '' then
  local first = redis.call('HMGET', KEYS[4], 'hash', 'id', 'doc')
  if first[2] == id then return { 'created' } end
  if first[1] and first[1] ~= hash then return { 'key_reused' } end
  if first[1] then return { 'replayed', first[3] } end
end
local present = redis.call('HGET', KEYS[1], 'doc')
if present then
  if present == doc then return { 'created' } end
  return redis.error_reply('ERR the id belongs to another credential: ' .. id)
end
local keyVersion = cjson.decode(doc).keyVersion

redis.call('HSET', KEYS[1], 'doc', doc, 'version', ARGV[3], 'tenant', tenant)
redis.call('ZADD', KEYS[2], 0, id)
redis.call('ZADD', KEYS[3], 0, keyVersion .. ' ' .. id)
if hash ~= '' then
  redis.call('HSET', KEYS[4], 'hash', hash, 'id', id, 'doc', doc)
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
end
return { 'created' }
