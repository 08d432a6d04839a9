// Reads untrusted JSON field by field; what is wrong is named with its path, and an unknown field is an error.
export class Malformed extends Error {}

export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;
  readonly #read = new Set<string>();

  constructor(value: unknown, path: string) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new Malformed(`${path} must be an object`);
    }
    this.#values = new Map(Object.entries(value));
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string, fallback?: string): string {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== 'string' || value === '') throw this.#wrong(name, 'a non-empty string');
    return value;
  }

  oneOf<T extends string>(name: string, words: readonly T[], fallback?: T): T {
    const value = this.#take(name) ?? fallback;
    const word = words.find((known) => known === value);
    if (word === undefined) throw this.#wrong(name, `one of ${words.join(', ')}`);
    return word;
  }

  /** A finite number, by default not below 0. */
  number(name: string, fallback?: number, least = 0): number {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
      throw this.#wrong(name, `a number of at least ${least}`);
    }
    return value;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  list<T>(name: string, read: (item: unknown, path: string) => T, fallback?: readonly T[]): T[] {
    const value = this.#take(name);
    if (value === undefined && fallback !== undefined) return [...fallback];
    if (!Array.isArray(value)) throw this.#wrong(name, 'an array');
    return value.map((item: unknown, index) => read(item, `${this.#path}.${name}[${index}]`));
  }

  object(name: string): Fields {
    return new Fields(this.#take(name) ?? {}, `${this.#path}.${name}`);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** Call when all was read. */
  end(): void {
    const unknown = this.names().find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw new Malformed(`${this.#path}.${unknown} is not known`);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#values.get(name);
  }

  #wrong(name: string, wanted: string): Malformed {
    return new Malformed(`${this.#path}.${name} must be ${wanted}`);
  }
}
