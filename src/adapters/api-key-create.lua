-- Puts a new API key on record, in both lists, with what its idempotency key answers from now on, or
-- nothing at all. Safe to resend: the same id with the same digest answers "created" again. The secret
-- itself is in no argument; the idempotency record has it sealed, for as long as it lives.
--
-- KEYS  1 key   2 ids of tenant   3 ids of all   4 idempotency (only when ARGV 5 is not '')
-- ARGV  1 id  2 tenant  3 record JSON  4 digest  5 idempotency hash or ''  6 its life ms  7 sealed answer
-- Result {'created'} | {'replayed', record JSON, sealed answer} | {'key_reused'}
--        | error when the id is another's
local id, digest, hash = ARGV[1], ARGV[4], ARGV[5]

if hash ~= '' then
  local first = redis.call('HMGET', KEYS[4], 'hash', 'id', 'doc', 'sealed')
  if first[2] == id then return { 'created' } end
  if first[1] and first[1] ~= hash then return { 'key_reused' } end
  if first[1] then return { 'replayed', first[3], first[4] } end
end
local present = redis.call('HGET', KEYS[1], 'digest')
if present then
  if present == digest then return { 'created' } end
  return redis.error_reply('ERR the id belongs to another API key: ' .. id)
end

redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'tenant', ARGV[2], 'digest', digest)
redis.call('ZADD', KEYS[2], 0, id)
redis.call('ZADD', KEYS[3], 0, id)
if hash ~= '' then
  redis.call('HSET', KEYS[4], 'hash', hash, 'id', id, 'doc', ARGV[3], 'sealed', ARGV[7])
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
end
return { 'created' }
