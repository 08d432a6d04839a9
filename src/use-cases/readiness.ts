// Tells whether this process can do its work now, and what is in the way.
import { Injectable } from '@nestjs/common';
import { HealthProbes, type PartHealth } from './ports.js';

export interface ReadinessReport {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartHealth>>;
}

@Injectable()
export class Readiness {
  constructor(private readonly probes: HealthProbes) {}

  async check(): Promise<ReadinessReport> {
    const parts = await this.probes.all();
    return { ready: Object.values(parts).every((part) => part.ok), parts };
  }
}
