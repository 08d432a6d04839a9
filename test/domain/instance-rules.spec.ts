// Which class and which edition of an instance may take part, word for word as upstream documents them.
import { expect, test } from 'vitest';
import { dedicatedClass, notSqlServer2017Cluster } from '../../src/domain/instance-rules.js';

test.each([
  ['d', 'anything', 'pass'],
  ['H', null, 'pass'],
  ['s', 'mysql.x4.large.2', 'fail'],
  ['x', 'mysql.x4.large.2', 'fail'],
  [null, 'mysql.x2.large.2', 'pass'],
  [null, 'mysql.x8.4xlarge.2', 'pass'],
  [null, 'mssql.x4.medium.e2', 'pass'],
  [null, 'rds.mysql.st.d13', 'pass'],
  [null, 'mysql.st.8xlarge.2', 'pass'],
  [null, 'rds.mssql.st.d13', 'pass'],
  [null, 'rds.mysql.t1.small', 'fail'],
  [null, 'rds.mysql.s3.large', 'fail'],
  [null, 'rds.mysql.m1.medium', 'fail'],
  [null, 'rds.mysql.c2.xlarge', 'fail'],
  [null, 'mysql.n4.medium.1', 'fail'],
  [null, 'mssql.s2.large.2', 'fail'],
  [null, 'rds.mssql.c1.large', 'fail'],
  [null, 'rds.mys2.small', 'fail'],
  [null, 'rds.mss1.small', 'fail'],
  [null, 'mysql.y9.large.9', 'warn'],
  ['q', 'mysql.x4.large.2', 'pass'],
  ['q', null, 'warn'],
  [null, null, 'skipped'],
])('class type %s with class %s: %s', (classType, instanceClass, status) => {
  expect(dedicatedClass({ instanceId: 'rm-a', classType, instanceClass }).status).toBe(status);
});

test.each([
  ['SQLServer', '2017_ent', null, 'fail'],
  ['SQLServer', '2017_ent', 'HighAvailability', 'fail'],
  ['sqlserver', '2017_ENT', 'AlwaysOn', 'fail'],
  ['SQLServer', '2017_std_ha', 'AlwaysOn', 'fail'],
  ['SQLServer', '2017_std_ha', 'HighAvailability', 'pass'],
  ['SQLServer', '2017_std_ha', null, 'skipped'],
  ['SQLServer', '2019_ent', 'AlwaysOn', 'pass'],
  ['SQLServer', '2016_ent_ha', null, 'pass'],
  ['SQLServer', null, 'Basic', 'pass'],
  ['SQLServer', null, 'AlwaysOn', 'skipped'],
  ['SQLServer', null, null, 'skipped'],
  ['MySQL', '8.0', 'cluster', 'pass'],
])('%s %s of category %s: %s', (engine, engineVersion, category, status) => {
  const it = { instanceId: 'rm-a', engine, engineVersion, category };
  expect(notSqlServer2017Cluster(it).status).toBe(status);
});
