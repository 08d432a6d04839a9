// The reader of figures that the other tests rely on turns red on every way in which such a text can be broken.
import { expect, it } from 'vitest';
import { readExposition } from '../support/exposition.js';

const SOUND = `# HELP a_total What is counted
# TYPE a_total counter
a_total{x="1",y="a \\"b\\" \\\\ \\n"} 3
a_total{x="2"} 0

# HELP b_seconds What takes time
# TYPE b_seconds histogram
b_seconds_bucket{le="0.1"} 1
b_seconds_bucket{le="+Inf"} 2
b_seconds_sum 0.5
b_seconds_count 2
# HELP c What is there
# TYPE c gauge
c -1.5e-7
`;

it('a sound text has no fault, and its numbers are read', () => {
  const { families, faults } = readExposition(SOUND);
  expect(faults).toEqual([]);
  expect([...families.keys()]).toEqual(['a_total', 'b_seconds', 'c']);
  expect(families.get('c')?.samples).toEqual([{ name: 'c', labels: {}, value: -1.5e-7 }]);
});

it.each<readonly [what: string, from: string, to: string, fault: RegExp]>([
  ['nothing at all', SOUND, '', /nothing in it/],
  ['a line that does not end', 'c -1.5e-7\n', 'c -1.5e-7', /last line does not end/],
  ['junk at the end', 'c -1.5e-7\n', 'c -1.5e-7\nundefined\n', /no sample/],
  ['a timestamp', 'c -1.5e-7', 'c -1.5e-7 1764000000000', /no sample/],
  ['a value that is no number', 'c -1.5e-7', 'c null', /no sample/],
  ['two spaces', 'c -1.5e-7', 'c  -1.5e-7', /no sample/],
  ['a comment that is neither', '# HELP c What is there', '# UNIT c', /neither HELP nor TYPE/],
  ['no HELP', '# HELP c What is there\n', '', /c has no HELP/],
  ['no TYPE', '# TYPE c gauge\n', '', /c has no TYPE/],
  ['TYPE twice', '# TYPE c gauge\n', '# TYPE c gauge\n# TYPE c gauge\n', /a second TYPE of c/],
  ['HELP twice', '# TYPE c gauge\n', '# HELP c Again\n# TYPE c gauge\n', /a second HELP of c/],
  ['TYPE after the samples', 'c -1.5e-7\n', 'c -1.5e-7\n# TYPE c gauge\n', /second TYPE|after/],
  ['an unknown type', '# TYPE c gauge', '# TYPE c gouge', /no type gouge/],
  ['a family in two pieces', 'c -1.5e-7\n', 'c -1.5e-7\na_total{x="3"} 1\n', /among the samples/],
  ['a bad name', 'c -1.5e-7', '1c -1.5e-7', /no sample/],
  ['a dash in a label', '{x="2"}', '{x-y="2"}', /no sample/],
  ['a label without quotes', '{x="2"}', '{x=2}', /no sample/],
  ['a bad escape', '{x="2"}', '{x="\\t"}', /no sample/],
  ['a label twice', '{x="2"}', '{x="2",x="3"}', /a label twice/],
  ['a series twice', '{x="2"} 0', '{x="2"} 0\na_total{x="2"} 0', /there twice/],
  ['a counter without _total', SOUND, SOUND.replaceAll('a_total', 'a'), /_total is the end/],
  [
    'a gauge with _total',
    SOUND,
    SOUND.replaceAll('\nc ', '\nc_total ').replaceAll(' c ', ' c_total '),
    /_total is the end/,
  ],
  ['a counter below 0', '{x="2"} 0', '{x="2"} -1', /below 0/],
  ['a counter that is NaN', '{x="2"} 0', '{x="2"} NaN', /no number/],
  ['milliseconds', SOUND, SOUND.replaceAll('b_seconds', 'b_milliseconds'), /not in base units/],
  ['no bucket +Inf', 'b_seconds_bucket{le="+Inf"} 2\n', '', /no bucket \+Inf/],
  ['+Inf below the count', '{le="+Inf"} 2', '{le="+Inf"} 1', /\+Inf is not the count/],
  ['buckets that fall', '{le="0.1"} 1', '{le="0.1"} 3', /do not add up/],
  [
    'bounds that fall',
    SOUND,
    SOUND.replace('le="0.1"', 'le="+Inf"').replace('le="+Inf"} 2', 'le="0.1"} 2'),
    /bounds do not rise/,
  ],
  ['no sum', 'b_seconds_sum 0.5\n', '', /not one sum/],
  ['no count', 'b_seconds_count 2\n', '', /not one count/],
  [
    'a bare sample of a histogram',
    'b_seconds_sum 0.5',
    'b_seconds 1\nb_seconds_sum 0.5',
    /bare sample/,
  ],
])('%s is a fault', (_what, from, to, fault) => {
  const broken = SOUND.replace(from, () => to);
  expect(broken).not.toBe(SOUND);
  expect(readExposition(broken).faults.join('\n')).toMatch(fault);
});
