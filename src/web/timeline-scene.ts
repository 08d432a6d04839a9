// What is drawn of a timeline, and with which pens.
import type { Drawn } from './timeline-find.js';

export interface Scene extends Drawn {
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
  /** The migration that is pointed at or focused: both of its bars are marked. */
  readonly marked: string | null;
}

export type Colours = Readonly<Record<Name, string>>;
const NAMES = [
  ...(['text', 'muted', 'line', 'surface', 'stripe', 'focus'] as const),
  ...(['wait', 'run', 'good', 'bad', 'ask', 'off'] as const),
] as const;
type Name = (typeof NAMES)[number];

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const pairs = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(pairs) as Colours;
}

export const FONT = '12px system-ui, sans-serif';
export const CODE_FONT = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';

export type Pen = CanvasRenderingContext2D;
