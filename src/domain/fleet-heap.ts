// Gives back what was put in, the first by the given order first, each in logarithmic time.

export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly comesFirst: (a: T, b: T) => boolean) {}

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    let place = items.length;
    items.push(item);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.comesFirst(item, above)) break;
      items[place] = above;
      place = parent;
    }
    items[place] = item;
  }

  pop(): T | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.sink(last);
    return first;
  }

  clear(): void {
    this.items.length = 0;
  }

  /** Puts the item where the first was, and lets it down to its place. */
  private sink(item: T): void {
    const { items } = this;
    let place = 0;
    for (;;) {
      const child = this.firstChild(place);
      const below = items[child];
      if (below === undefined || !this.comesFirst(below, item)) break;
      items[place] = below;
      place = child;
    }
    items[place] = item;
  }

  private firstChild(place: number): number {
    const [left, right] = [this.items[2 * place + 1], this.items[2 * place + 2]];
    const isRight = left !== undefined && right !== undefined && this.comesFirst(right, left);
    return 2 * place + (isRight ? 2 : 1);
  }
}
