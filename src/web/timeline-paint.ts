// Draws the part of a timeline that is in sight, sharp on every screen, in the colours of the theme.
import type { Status } from './api-views.js';
import { piecesOf } from './timeline-find.js';
import {
  AXIS_HEIGHT,
  boxOf,
  LANE_HEIGHT,
  xOf,
  type Box,
  type Lane,
  type Piece,
} from './timeline-layout.js';
import { flagsOf, paintLines } from './timeline-lines.js';
import { CODE_FONT, FONT, type Pen, type Scene } from './timeline-scene.js';
import { markWords, stepOf } from './time-words.js';
import { STATUS_WORDS, type Tone } from './words.js';

export function paint(pen: Pen, scene: Scene): void {
  const { width, height, colours, gutter } = scene;
  pen.clearRect(0, 0, width, height);
  pen.textBaseline = 'middle';
  const first = Math.floor(scene.scrollTop / LANE_HEIGHT);
  const last = Math.min(
    scene.layout.lanes.length,
    Math.ceil((scene.scrollTop + height) / LANE_HEIGHT),
  );
  clipped(pen, [0, AXIS_HEIGHT, width, height - AXIS_HEIGHT], () => {
    for (let place = first; place < last; place += 1) stripe(pen, scene, place);
  });
  axis(pen, scene);
  clipped(pen, [gutter, AXIS_HEIGHT, width - gutter, height - AXIS_HEIGHT], () => {
    for (let place = first; place < last; place += 1) bars(pen, scene, place);
  });
  paintLines(pen, scene);
  clipped(pen, [0, AXIS_HEIGHT, gutter, height - AXIS_HEIGHT], () => {
    for (let place = first; place < last; place += 1) label(pen, scene, place);
  });
  pen.fillStyle = colours.line;
  pen.fillRect(gutter - 1, 0, 1, height);
  pen.fillRect(0, AXIS_HEIGHT - 1, width, 1);
}

type Area = readonly [x: number, y: number, width: number, height: number];

function clipped(pen: Pen, area: Area, draw: () => void): void {
  pen.save();
  pen.beginPath();
  pen.rect(...area);
  pen.clip();
  draw();
  pen.restore();
}

const topOf = ({ scrollTop }: Scene, place: number): number =>
  AXIS_HEIGHT + place * LANE_HEIGHT - scrollTop;

function stripe(pen: Pen, scene: Scene, place: number): void {
  if (place % 2 === 0) return;
  pen.fillStyle = scene.colours.stripe;
  pen.fillRect(0, topOf(scene, place), scene.width, LANE_HEIGHT);
}

const LEAST_MARK = 76;

function axis(pen: Pen, scene: Scene): void {
  const { view, split, gutter, colours, height } = scene;
  const stepMs = stepOf(view.msPerPixel * LEAST_MARK);
  const offsetMs = new Date(view.fromMs).getTimezoneOffset() * 60_000;
  const firstMs = Math.ceil((view.fromMs - offsetMs) / stepMs) * stepMs + offsetMs;
  const flags = flagsOf(pen, scene);
  pen.font = FONT;
  pen.textAlign = 'left';
  for (let atMs = firstMs; xOf(view, atMs) < split.axisWidth; atMs += stepMs) {
    const x = Math.round(gutter + xOf(view, atMs));
    pen.fillStyle = colours.line;
    pen.fillRect(x, AXIS_HEIGHT - 6, 1, height);
    const text = markWords(atMs, stepMs);
    const end = x + pen.measureText(text).width + 6;
    const isHidden = flags.some(({ left, width }) => end > left - 2 && x < left + width);
    if (isHidden || end > gutter + split.axisWidth) continue;
    pen.fillStyle = colours.muted;
    pen.fillText(text, x + 4, AXIS_HEIGHT / 2);
  }
}

function bars(pen: Pen, scene: Scene, place: number): void {
  const lane = scene.layout.lanes[place];
  const top = topOf(scene, place) + 4;
  for (const piece of piecesOf(lane)) {
    const box = boxOf(piece, scene.view, scene.split, scene.nowMs);
    if (box !== null) bar(pen, scene, { piece, box, top });
  }
}

interface BarAt {
  readonly piece: Piece;
  readonly box: Box;
  readonly top: number;
}

const BAR_HEIGHT = LANE_HEIGHT - 8;

function bar(pen: Pen, scene: Scene, { piece, box, top }: BarAt): void {
  const { colours, gutter, marked } = scene;
  const { status, kind, migrationId } = piece.bar;
  const x = gutter + box.x;
  const width = Math.max(2, box.width - 1);
  const colour = colours[toneOf(status, kind)];
  pen.beginPath();
  pen.roundRect(x, top, width, BAR_HEIGHT, Math.min(4, width / 2));
  pen.globalAlpha = alphaOf(piece);
  pen.fillStyle = box.isOpen ? faded(pen, colour, [x, x + width]) : colour;
  pen.fill();
  pen.globalAlpha = 1;
  if (piece.isSource || kind === 'planned') outline(pen, colour, kind === 'planned');
  sign(pen, scene, { piece, box, top });
  if (migrationId !== marked) return;
  pen.strokeStyle = colours.focus;
  pen.lineWidth = 2;
  pen.setLineDash([]);
  pen.stroke();
}

/** What leaves an instance is drawn lighter than what comes to it, what is planned the lightest. */
function alphaOf({ bar: { kind }, isSource }: Piece): number {
  if (kind === 'planned') return isSource ? 0.08 : 0.25;
  return isSource ? 0.25 : 0.92;
}

const toneOf = (status: Status, kind: 'ran' | 'runs' | 'planned'): Tone =>
  kind === 'planned' ? 'wait' : STATUS_WORDS[status].tone;

function faded(pen: Pen, colour: string, [from, to]: readonly [number, number]): CanvasGradient {
  const gradient = pen.createLinearGradient(from, 0, to, 0);
  gradient.addColorStop(Math.max(0, 1 - 24 / Math.max(24, to - from)), colour);
  gradient.addColorStop(1, 'transparent');
  return gradient;
}

function outline(pen: Pen, colour: string, isDashed: boolean): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.setLineDash(isDashed ? [3, 2] : []);
  pen.stroke();
  pen.setLineDash([]);
}

/** Not by colour alone. */
function sign(pen: Pen, { colours, gutter }: Scene, { piece, box, top }: BarAt): void {
  const { status, kind } = piece.bar;
  const needs = status === 'failed' || status === 'outcome_unknown' || box.width > 22;
  if (kind === 'planned' || !needs || box.width < 8) return;
  pen.font = FONT;
  pen.textAlign = 'center';
  pen.fillStyle = piece.isSource ? colours.text : colours.surface;
  const middle = gutter + box.x + Math.min(box.width / 2, 11);
  pen.fillText(STATUS_WORDS[status].sign, middle, top + BAR_HEIGHT / 2 + 0.5);
}

function label(pen: Pen, scene: Scene, place: number): void {
  const lane: Lane | undefined = scene.layout.lanes[place];
  if (lane === undefined) return;
  const { colours, gutter } = scene;
  const middle = topOf(scene, place) + LANE_HEIGHT / 2;
  pen.textAlign = 'left';
  pen.font = lane.isCritical ? `700 ${CODE_FONT}` : CODE_FONT;
  pen.fillStyle = colours.text;
  pen.fillText(shortened(pen, lane.instanceId, gutter - (lane.isCritical ? 32 : 20)), 10, middle);
  if (!lane.isCritical) return;
  pen.fillStyle = colours.ask;
  pen.font = FONT;
  pen.fillText('◆', gutter - 20, middle);
}

/** The end of an id tells more than its middle. */
function shortened(pen: Pen, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  const fits = Math.max(4, Math.floor((room / pen.measureText(text).width) * text.length) - 1);
  const head = Math.ceil(fits / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (fits - head))}`;
}
