-- Begins to accept a batch, first in its MULTI: what forbids all of it is looked at before anything of it
-- is written. What follows in the MULTI does something only while the draft carries the token.
--
-- KEYS  1 batch   2 idempotency, or the batch again   3… credentials
-- ARGV  1 token   2 idempotency hash or ''   3 tenant
-- Result {'begun'} | {'replayed', batch JSON} | {'key_reused'} | {'credential_gone', place from 0}
if ARGV[2] ~= '' then
  local first = redis.call('HMGET', KEYS[2], 'hash', 'doc')
  if first[1] then
    if first[1] ~= ARGV[2] then return { 'key_reused' } end
    return { 'replayed', first[2] }
  end
end
for index = 3, #KEYS do
  if redis.call('HGET', KEYS[index], 'tenant') ~= ARGV[3] then
    return { 'credential_gone', tostring(index - 3) }
  end
end
redis.call('HSET', KEYS[1], 'draft', ARGV[1])
return { 'begun' }
