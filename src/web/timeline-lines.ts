// The lines of a timeline that go through all lanes: now, the bound, and where the times end.
import { AXIS_HEIGHT, xOf } from './timeline-layout.js';
import { FONT, type Pen, type Scene } from './timeline-scene.js';
import { clockWords } from './time-words.js';

export function paintLines(pen: Pen, scene: Scene): void {
  if (scene.split.columns > 0) order(pen, scene);
  for (const flag of flagsOf(pen, scene)) {
    line(pen, scene, flag);
    paintFlag(pen, scene, flag);
  }
}

/** What stands at the top of a line; marks of the axis give way to it. */
export interface Flag {
  readonly x: number;
  readonly colour: string;
  readonly text: string;
  readonly isDashed: boolean;
  readonly left: number;
  readonly width: number;
}

/** Over their lines as far as there is room, never over each other or over the part without times. */
export function flagsOf(pen: Pen, scene: Scene): readonly Flag[] {
  const { layout, nowMs, colours } = scene;
  const { boundMs } = layout;
  const now = flagAt(pen, scene, { atMs: nowMs, text: 'now', colour: colours.focus });
  if (boundMs === null) return [now].flatMap((flag) => flag ?? []);
  const text = `not before ${clockWords(boundMs, nowMs)}`;
  const bound = flagAt(pen, scene, { atMs: boundMs, text, colour: colours.ask, isDashed: true });
  return [bound === null || now === null ? bound : beside(bound, now, scene), now].flatMap(
    (flag) => flag ?? [],
  );
}

interface FlagWish {
  readonly atMs: number;
  readonly text: string;
  readonly colour: string;
  readonly isDashed?: boolean;
}

/** Null when its time is out of sight. */
function flagAt(
  pen: Pen,
  scene: Scene,
  { atMs, isDashed = false, ...wish }: FlagWish,
): Flag | null {
  const { view, split, gutter } = scene;
  const offset = xOf(view, atMs);
  if (offset < 0 || offset > split.axisWidth) return null;
  pen.font = `600 ${FONT}`;
  const width = pen.measureText(wish.text).width + 10;
  const x = Math.round(gutter + offset);
  const left = Math.min(x - width / 2, gutter + split.axisWidth - width - 2);
  return { ...wish, isDashed, x, width, left: Math.max(gutter + 1, left) };
}

function beside(flag: Flag, other: Flag, { gutter, split }: Scene): Flag {
  const isApart =
    flag.left > other.left + other.width + 2 || flag.left + flag.width < other.left - 2;
  if (isApart) return flag;
  const [after, before] = [other.left + other.width + 3, other.left - flag.width - 3];
  if (after + flag.width < gutter + split.axisWidth) return { ...flag, left: after };
  // Where there is no room at all the line stands alone: its time is said above.
  return before > gutter ? { ...flag, left: before } : { ...flag, text: '', width: 0 };
}

function line(pen: Pen, { height }: Scene, { x, colour, isDashed }: Flag): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.setLineDash(isDashed ? [5, 4] : []);
  pen.beginPath();
  pen.moveTo(x, AXIS_HEIGHT - 4);
  pen.lineTo(x, height);
  pen.stroke();
  pen.setLineDash([]);
}

function paintFlag(pen: Pen, { colours }: Scene, { colour, text, left, width }: Flag): void {
  if (text === '') return;
  pen.font = `600 ${FONT}`;
  pen.textAlign = 'left';
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(left, 4, width, AXIS_HEIGHT - 10, 4);
  pen.fill();
  pen.fillStyle = colours.surface;
  pen.fillText(text, left + 5, AXIS_HEIGHT / 2 - 0.5);
}

/** The part without times, apart from the axis. */
function order(pen: Pen, scene: Scene): void {
  const { layout, split, gutter, height, width, colours } = scene;
  const x = gutter + split.axisWidth;
  pen.fillStyle = colours.surface;
  pen.fillRect(x, 0, width - x, AXIS_HEIGHT - 1);
  pen.strokeStyle = colours.muted;
  pen.lineWidth = 1;
  pen.setLineDash([1, 3]);
  pen.beginPath();
  pen.moveTo(x - 0.5, 0);
  pen.lineTo(x - 0.5, height);
  pen.stroke();
  pen.setLineDash([]);
  const more = layout.columns - split.columns;
  pen.font = FONT;
  pen.textAlign = 'left';
  pen.fillStyle = colours.muted;
  const room = width - x - 8;
  const texts = [
    `In this order, times not known yet${more > 0 ? ` (${more} more)` : ''}`,
    'In this order',
    'Order',
  ];
  const text = texts.find((one) => pen.measureText(one).width <= room) ?? '';
  pen.fillText(text, x + 6, AXIS_HEIGHT / 2);
}
