// Which names a database may have: leniently where it exists already, as CreateDatabase has it where
// it is about to be made. Every refusal is one sentence that names the rule and shows the name.
import { codePointOf, findTypographicQuote } from './json-fault.js';

/** Length of an identifier in MySQL, and of `sysname` in SQL Server (UTF-16 units). */
const MYSQL_MAX_LENGTH = 64;
const SQLSERVER_MAX_LENGTH = 128;

/** CreateDatabase of ApsaraDB RDS: 2 to 64 characters. */
const CREATABLE = /^[a-z][a-z0-9_-]{0,62}[a-z0-9]$/;

/** Own schemas of MySQL, and the recycle bin of AliSQL. */
const MYSQL_SYSTEM: ReadonlySet<string> = new Set(
  'mysql information_schema performance_schema sys __recycle_bin__'.split(' '),
);

const SQLSERVER_SYSTEM: ReadonlySet<string> = new Set(
  'master tempdb msdb model distribution mssqlsystemresource'.split(' '),
);

/**
 * What CreateDatabase refuses on SQL Server beside the system databases: names that RDS keeps for
 * itself, fixed roles, and the reserved words of Transact-SQL ("Forbidden keywords", 26317).
 */
const SQLSERVER_FORBIDDEN: ReadonlySet<string> = new Set(
  `root admin eagleye aurora sa sysadmin administrator mssqld public securityadmin serveradmin
  setupadmin processadmin diskadmin dbcreator bulkadmin guest galaxy dbo login sys drc_rds
  add all alter and any as asc authorization backup begin between break browse bulk by cascade case
  check checkpoint close clustered coalesce collate column commit compute constraint contains
  containstable continue convert create cross current current_date current_time current_timestamp
  current_user cursor database dbcc deallocate declare default delete deny desc disk distinct
  distributed double drop dummy dump else end errlvl escape except exec execute exists exit fetch
  file fillfactor for foreign freetext freetexttable from full function goto grant group having
  holdlock identity identity_insert identitycol if in index inner insert intersect into is join key
  kill left like lineno load national nocheck nonclustered not null nullif of off offsets on open
  opendatasource openquery openrowset openxml option or order outer over percent plan precision
  primary print proc procedure raiserror read readtext reconfigure references replication restore
  restrict return revoke right rollback rowcount rowguidcol rule save schema select session_user set
  setuser shutdown some statistics system_user table textsize then to top tran transaction trigger
  truncate tsequal union unique update updatetext use user values varying view waitfor when where
  while with writetext`.split(/\s+/),
);

/** As a message shows what a caller wrote: in JSON's quotes and escapes, at most 80 characters of it. */
export function shown(text: string): string {
  // JSON escapes what breaks a string; what is invisible or turns the line around is escaped too.
  const quoted = JSON.stringify(text.slice(0, 80)).replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join(
        '',
      ),
  );
  return text.length > 80 ? `${quoted}…` : quoted;
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** SQL Server compares names without regard to case and to spaces at the end. */
export function sameOnSqlServer(name: string): string {
  return name.trimEnd().toLowerCase();
}

/** The database must exist on both sides, and may have been made by SQL rather than by RDS. */
export function mysqlNameFault(name: string): string | null {
  return said('The database name', name, mysqlFault(name));
}

/** The database must exist, and may have been made by SQL rather than by RDS. */
export function sqlServerSourceFault(name: string): string | null {
  return said('The source name', name, sourceFault(name));
}

/** The import makes the database: the rules of CreateDatabase hold. */
export function sqlServerTargetFault(name: string): string | null {
  return said('The target name', name, targetFault(name));
}

/** Nearly every name is right: only of one that is not the sentence is made. */
const said = (what: string, name: string, fault: string | null): string | null =>
  fault === null ? null : `${what} ${shown(name)} ${fault}`;

function mysqlFault(name: string): string | null {
  const fault = existingNameFault(name, MYSQL_MAX_LENGTH);
  if (fault !== null) return fault;
  if (name.endsWith(' ')) return 'ends with a space, which MySQL does not allow';
  return MYSQL_SYSTEM.has(name.toLowerCase())
    ? 'is a system schema of MySQL, which cannot be imported'
    : null;
}

function sourceFault(name: string): string | null {
  const fault = existingNameFault(name, SQLSERVER_MAX_LENGTH);
  if (fault !== null) return fault;
  return SQLSERVER_SYSTEM.has(sameOnSqlServer(name))
    ? 'is a system database of SQL Server, which cannot be imported'
    : null;
}

function targetFault(name: string): string | null {
  const quote = findTypographicQuote(name);
  if (quote !== null) return quoteFault(quote);
  if (!CREATABLE.test(name)) {
    return (
      'is not 2 to 64 lower-case letters, digits, "_" and "-", ' +
      'beginning with a letter and ending with a letter or digit'
    );
  }
  if (SQLSERVER_SYSTEM.has(name)) return 'is a system database of SQL Server';
  return SQLSERVER_FORBIDDEN.has(name) ? 'is a keyword that RDS forbids as a name' : null;
}

function existingNameFault(name: string, maxLength: number): string | null {
  if (name.trim() === '') return 'is empty or nothing but white space';
  if (name.length > maxLength) {
    return `has ${name.length} characters; at most ${maxLength} are allowed`;
  }
  // A quote of this sort is legal in a name, but far likelier pasted around it: `["a”,”b"]` is one name.
  const quote = findTypographicQuote(name);
  if (quote !== null) return quoteFault(quote);
  const control = /\p{Cc}/u.exec(name);
  if (control !== null) return `contains the control character ${codePointOf(control[0])}`;
  const half = /\p{Cs}/u.exec(name);
  return half === null ? null : `contains half of a surrogate pair, ${codePointOf(half[0])}`;
}

function quoteFault(quote: string): string {
  return `contains the typographic quote ${quote} (${codePointOf(quote)}); write names in straight quotes only`;
}
