/**
 * Shows what is counted, within three seconds whatever becomes of the store: then with what this
 * process knows of itself. However many ask, stock is taken once at a time and kept for a moment, so
 * that nobody can ask the store to death.
 */
import { Injectable } from '@nestjs/common';
import { Clock, Pause } from './ports.js';
import { Exposition, type Shown } from './ports-figures.js';
import type { Stock } from './ports-stock.js';
import { TakeStock } from './take-stock.js';

/** Nobody asks more than about once in fifteen seconds: within this time it is several that ask at once. */
const KEPT_MS = 1_000;
/** A scraper that waits ten seconds, as is usual, still gets an answer. */
const PATIENCE_MS = 2_000;

@Injectable()
export class ShowFigures {
  private underWay: Promise<Stock | null> | null = null;
  private kept: { readonly stock: Stock; readonly at: number } | null = null;

  constructor(
    private readonly stock: TakeStock,
    private readonly exposition: Exposition,
    private readonly clock: Clock,
    private readonly pause: Pause,
  ) {}

  async show(): Promise<Shown> {
    return this.exposition.show(await this.current());
  }

  /** Null when the store does not answer in time. A count that hangs is waited for by the next who ask, too. */
  private async current(): Promise<Stock | null> {
    const { kept } = this;
    if (kept !== null && this.clock.now() - kept.at < KEPT_MS) return kept.stock;
    this.underWay ??= this.take().finally(() => {
      this.underWay = null;
    });
    return Promise.race([this.underWay, this.pause.wait(PATIENCE_MS).then(() => null)]);
  }

  private async take(): Promise<Stock | null> {
    try {
      const stock = await this.stock.take();
      this.kept = { stock, at: this.clock.now() };
      return stock;
    } catch {
      return null;
    }
  }
}
