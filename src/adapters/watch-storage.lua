-- Tells, of one moment, all by which a loss of writes is noticed. INFO is asked here, as the server that holds our
-- keys must answer it, in a cluster and behind a proxy, too; where it is refused its four answers are empty.
--
-- KEYS  1 counters  2 rollback  3… migrations
-- Result {intents, epoch, noticedAt, until, role, run_id, replication id, offset, version of each migration…},
--        '' for what is not there
local info = ''
for _, section in ipairs({ 'server', 'replication' }) do
  local part = redis.pcall('INFO', section)
  if type(part) == 'string' then info = info .. part .. '\n' end
end
local function fact(name) return string.match(info, '%f[%w_]' .. name .. ':([^\r\n]*)') or '' end

local rollback = redis.call('HMGET', KEYS[2], 'epoch', 'noticedAt', 'until')
local told = {
  redis.call('HGET', KEYS[1], 'intents') or '',
  rollback[1] or '', rollback[2] or '', rollback[3] or '',
  fact('role'), fact('run_id'), fact('master_replid'), fact('master_repl_offset'),
}
for index = 3, #KEYS do table.insert(told, redis.call('HGET', KEYS[index], 'version') or '') end
return told
