// What is known of durations, for all who ask: learned anew from the finished imports now and then.
import { Injectable } from '@nestjs/common';
import type { Engine } from '../domain/db-info.js';
import { learnDurations, type DurationModel } from '../domain/estimate.js';
import { Clock, DurationHistory } from './ports.js';

/** A model is made of many imports: a few more change little. */
const FRESH_MS = 5_000;

interface Learned {
  readonly model: Promise<DurationModel | null>;
  readonly at: number;
}

@Injectable()
export class LearnedDurations {
  private readonly learned = new Map<Engine, Learned>();

  constructor(
    private readonly history: DurationHistory,
    private readonly clock: Clock,
  ) {}

  /** Null below a handful of finished imports. */
  async model(engine: Engine): Promise<DurationModel | null> {
    const now = this.clock.now();
    const known = this.learned.get(engine);
    if (known !== undefined && now - known.at < FRESH_MS) return known.model;
    const model = this.history.samples(engine).then(learnDurations);
    this.learned.set(engine, { model, at: now });
    model.catch(() => this.learned.delete(engine));
    return model;
  }

  async models(): Promise<Readonly<Record<Engine, DurationModel | null>>> {
    const [MySQL, SQLServer] = await Promise.all([this.model('MySQL'), this.model('SQLServer')]);
    return { MySQL, SQLServer };
  }
}
