/**
 * A strict reader of Prometheus's text format, after its specification and promtool's checks: what it
 * finds wrong it names by line. Nothing of ours or of prom-client is in it, so it can be a witness.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Reading {
  readonly families: ReadonlyMap<string, Family>;
  readonly faults: readonly string[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const VALUE = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+|Inf)|NaN`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL},)*(?:${LABEL})?)\\})? (${VALUE})$`);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
/** As promtool has them: only base units, at the end of the name or before `_total`. */
const OTHER_UNITS =
  /_(?:ms|millis|milliseconds|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes|bits|percent)(?:_|$)/;

interface Draft extends Family {
  readonly samples: Sample[];
  type: string;
  help: string;
}

class Reader {
  readonly families = new Map<string, Draft>();
  readonly faults: string[] = [];
  private readonly series = new Set<string>();
  private current: string | null = null;

  line(line: string, at: number): void {
    const fault = line.startsWith('#') ? this.comment(line) : this.sample(line);
    if (fault !== null) this.faults.push(`line ${at}: ${fault}`);
  }

  private comment(line: string): string | null {
    const [, kind, name = '', text = ''] = COMMENT.exec(line) ?? [];
    if (kind === undefined) return `neither HELP nor TYPE: ${line}`;
    const family = this.familyOf(name);
    const known = kind === 'HELP' ? family.help : family.type;
    if (known !== '') return `a second ${kind} of ${name}`;
    if (family.samples.length > 0) return `${kind} of ${name} after its samples`;
    if (kind === 'TYPE' && !TYPES.has(text)) return `${name} has no type ${text}`;
    if (kind === 'HELP') family.help = text;
    else family.type = text;
    this.current = name;
    return null;
  }

  private familyOf(name: string): Draft {
    const family = this.families.get(name) ?? { name, type: '', help: '', samples: [] };
    this.families.set(name, family);
    return family;
  }

  private sample(line: string): string | null {
    const [, name = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === '') return `no sample: ${line}`;
    const family = [name, name.replace(/_(?:bucket|sum|count)$/, '')]
      .map((each) => this.families.get(each))
      .find((each) => each !== undefined && each.type !== '');
    if (family === undefined) return `${name} has no TYPE before it`;
    if (family.help === '') return `${name} has no HELP before it`;
    if (family.name !== this.current) return `${name} stands among the samples of ${this.current}`;
    const labels = labelsOf(labelText);
    if (labels === null) return `a label twice: ${line}`;
    const key = `${name} ${keyOf(labels)}`;
    if (this.series.has(key)) return `the series is there twice: ${line}`;
    this.series.add(key);
    family.samples.push({ name, labels, value: numberOf(value) });
    return null;
  }
}

function labelsOf(text: string): Readonly<Record<string, string>> | null {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  const labels = Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
  return Object.keys(labels).length === pairs.length ? labels : null;
}

const keyOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const numberOf = (text: string): number =>
  text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);

/** Every fault there is; an empty text is one, too. */
export function readExposition(text: string): Reading {
  const reader = new Reader();
  const lines = text.split('\n');
  if (lines.pop() !== '') reader.faults.push('the last line does not end');
  lines.forEach((line, index) => {
    if (line !== '') reader.line(line, index + 1);
  });
  if (reader.families.size === 0) reader.faults.push('there is nothing in it');
  const { families, faults } = reader;
  return { families, faults: [...faults, ...[...families.values()].flatMap(faultsOf)] };
}

function faultsOf(family: Family): readonly string[] {
  const { name, type, samples } = family;
  const faults: string[] = [];
  if (type === '') faults.push(`${name} has no TYPE`);
  const isCounter = type === 'counter';
  if (isCounter !== name.endsWith('_total') && type !== 'untyped') {
    faults.push(`${name}: _total is the end of counters, and of nothing else (${type})`);
  }
  if (OTHER_UNITS.test(name)) faults.push(`${name} is not in base units`);
  const isBad = ({ value }: Sample): boolean => isCounter && !(value >= 0);
  if (samples.some(isBad)) faults.push(`${name}: a counter is below 0 or no number`);
  return type === 'histogram' ? [...faults, ...histogramFaults(family)] : faults;
}

function histogramFaults({ name, samples }: Family): readonly string[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...rest } = sample.labels;
    const key = keyOf(rest);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups].flatMap(([key, group]) => groupFaults(`${name}${key}`, name, group));
}

function groupFaults(where: string, name: string, group: readonly Sample[]): readonly string[] {
  const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
  const sums = group.filter((sample) => sample.name === `${name}_sum`);
  const [count, ...moreCounts] = group.filter((sample) => sample.name === `${name}_count`);
  const faults: string[] = [];
  if (group.some((sample) => sample.name === name)) faults.push(`${where}: a bare sample`);
  if (sums.length !== 1) faults.push(`${where}: not one sum`);
  if (count === undefined || moreCounts.length > 0) faults.push(`${where}: not one count`);
  const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? 'NaN'));
  const isRising = (values: readonly number[], isStrict: boolean): boolean =>
    values.every((value, index) => {
      const before = values[index - 1];
      return before === undefined || (isStrict ? value > before : value >= before);
    });
  if (!isRising(bounds, true)) faults.push(`${where}: the bounds do not rise`);
  const counts = buckets.map(({ value }) => value);
  if (!isRising(counts, false)) faults.push(`${where}: the buckets do not add up`);
  if (bounds.at(-1) !== Infinity) faults.push(`${where}: no bucket +Inf`);
  else if (counts.at(-1) !== count?.value) faults.push(`${where}: +Inf is not the count`);
  return faults;
}

/** Of one series by its labels, those not named being any; the sum over all that fit. */
export function total(
  { families }: Reading,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const fits = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return fits.reduce((sum, { value }) => sum + value, 0);
}
