-- Revokes an API key: from then on it is valid for nobody, whatever time it has left. The first
-- revocation stays on record. Safe to resend.
--
-- KEYS  1 key
-- ARGV  1 tenant, or '' for any  2 time ms
-- Result 'revoked' | 'gone' (also when it is another tenant's)
local tenant = redis.call('HGET', KEYS[1], 'tenant')
if not tenant or (ARGV[1] ~= '' and tenant ~= ARGV[1]) then return 'gone' end

redis.call('HSETNX', KEYS[1], 'revokedAt', ARGV[2])
return 'revoked'
