// How a timeline is handled: drawn again when something changed, dragged, wheeled, and moved by keys.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { AXIS_HEIGHT, LANE_HEIGHT } from './timeline-layout.js';
import { paint } from './timeline-paint.js';
import { coloursOf, type Scene } from './timeline-scene.js';

interface Ref<Held> {
  readonly current: Held | null;
}

/** Sharp on every screen: as many pixels as the screen has. */
export function usePainted(canvas: Ref<HTMLCanvasElement>, scene: Omit<Scene, 'colours'>): void {
  const themes = useThemes();
  useLayoutEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext('2d');
    if (element == null || pen == null || scene.width === 0) return;
    const ratio = window.devicePixelRatio;
    const [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    element.style.width = `${scene.width}px`;
    element.style.height = `${scene.height}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(pen, { ...scene, colours: coloursOf(element) });
  }, [...Object.values(scene), themes]);
}

/** Counts up when the colours may have changed. */
function useThemes(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const note = (): void => setChanges((number) => number + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(note);
    media.addEventListener('change', note);
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      media.removeEventListener('change', note);
      observer.disconnect();
    };
  }, []);
  return changes;
}

export function useSize(box: Ref<HTMLElement>, setWidth: (width: number) => void): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
}

/** `turn` says whether it took the wheel; else the page scrolls. */
export function useWheel(
  box: Ref<HTMLElement>,
  turn: (event: WheelEvent, x: number) => boolean,
): void {
  const latest = useRef(turn);
  latest.current = turn;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const listen = (event: WheelEvent): void => {
      const x = event.clientX - element.getBoundingClientRect().left;
      if (latest.current(event, x)) event.preventDefault();
    };
    // Not passive: a wheel with Ctrl would else zoom the whole page.
    element.addEventListener('wheel', listen, { passive: false });
    return () => element.removeEventListener('wheel', listen);
  }, []);
}

interface Hands {
  readonly pan: (pixels: number) => void;
  readonly point: (x: number, y: number) => void;
  readonly press: (x: number, y: number) => void;
  readonly leave: () => void;
}

/** A press that moves no further than this is a click. */
const STILL = 4;

interface DragHandlers {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: () => void;
  readonly onPointerLeave: () => void;
}

export function useDrag({ pan, point, press, leave }: Hands): DragHandlers {
  const held = useRef<{ x: number; moved: number } | null>(null);
  return {
    onPointerDown: (event) => {
      if (event.button === 0) held.current = { x: event.clientX, moved: 0 };
    },
    onPointerMove: (event) => {
      const { current } = held;
      if (current === null) {
        point(...placeOf(event));
        return;
      }
      const step = event.clientX - current.x;
      current.x = event.clientX;
      current.moved += Math.abs(step);
      if (current.moved <= STILL) return;
      if (event.currentTarget instanceof Element)
        event.currentTarget.setPointerCapture(event.pointerId);
      pan(step);
    },
    onPointerUp: (event) => {
      const { current } = held;
      held.current = null;
      if (current !== null && current.moved <= STILL) press(...placeOf(event));
    },
    onPointerCancel: () => {
      held.current = null;
    },
    onPointerLeave: leave,
  };
}

function placeOf(event: PointerEvent): readonly [x: number, y: number] {
  if (!(event.currentTarget instanceof Element)) return [0, 0];
  const { left, top } = event.currentTarget.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

interface Keys {
  readonly zoom: (factor: number) => void;
  readonly pan: (pixels: number) => void;
  readonly whole: () => void;
  readonly open: () => void;
  readonly move: () => boolean;
}

const STEP = 80;
const ZOOM = 1.4;

/** True for a key that was taken. */
export function takeKey({ key, shiftKey }: KeyboardEvent, keys: Keys): boolean {
  const acts: Readonly<Record<string, () => void>> = {
    ...{
      '+': () => keys.zoom(1 / ZOOM),
      '=': () => keys.zoom(1 / ZOOM),
      '-': () => keys.zoom(ZOOM),
    },
    ...{ '0': keys.whole, Enter: keys.open },
    ...(shiftKey && { ArrowLeft: () => keys.pan(-STEP), ArrowRight: () => keys.pan(STEP) }),
  };
  const act = acts[key];
  if (act === undefined) return keys.move();
  act();
  return true;
}

export function showLane(box: HTMLElement | null, lane: number): void {
  if (box === null) return;
  const top = lane * LANE_HEIGHT;
  const lowest = top + LANE_HEIGHT - (box.clientHeight - AXIS_HEIGHT);
  if (top < box.scrollTop) box.scrollTop = top;
  else if (lowest > box.scrollTop) box.scrollTop = lowest;
}
