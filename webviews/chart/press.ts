/**
 * A press of the pointer on a plot, until it is let go: a click where it hardly moved, else a drag. A double click is no click where it
 * does something of its own: that can only be told when the time for a second press has passed.
 */
export interface PressEvents {
  /** Told of each place on the way, once the pointer has moved. */
  readonly dragged: (x: number, y: number) => void;
  /** A drag has ended, or was taken away from the page. */
  readonly dropped: (isDone: boolean) => void;
  readonly clicked: () => unknown;
  /** Whether a second press would mean something else than the first. */
  readonly waitsForSecond: () => boolean;
}

/** Pixels by which a hand may tremble. */
const slackPx = 3;
/** Within it a second press makes a double click. */
const secondWithinMs = 300;

/** A click that may be the first half of a double click. */
let waiting: { readonly timer: ReturnType<typeof setTimeout>; readonly x: number; readonly y: number } | null = null;

/** To be called on `pointerdown`; `place` gives the pointer's place on the canvas. */
export function followPress(
  canvas: HTMLElement,
  press: PointerEvent,
  place: (event: MouseEvent) => [x: number, y: number],
  { dragged, dropped, clicked, waitsForSecond }: PressEvents,
): void {
  const [startX, startY] = place(press);
  const isSecond = waiting !== null && Math.hypot(startX - waiting.x, startY - waiting.y) <= slackPx;
  // Who has pressed elsewhere meanwhile means the second place.
  clearTimeout(waiting?.timer);
  waiting = null;
  let moved = false;
  const move = (event: PointerEvent): void => {
    const [x, y] = place(event);
    moved ||= Math.hypot(x - startX, y - startY) > slackPx;
    if (moved) dragged(x, y);
  };
  const click = (): void => {
    waiting = null;
    clicked();
  };
  const end = (event: PointerEvent): void => {
    canvas.removeEventListener('pointermove', move);
    canvas.removeEventListener('pointerup', end);
    canvas.removeEventListener('pointercancel', end);
    const isDone = event.type === 'pointerup';
    if (moved) dropped(isDone);
    else if (isDone && !isSecond) {
      if (waitsForSecond()) waiting = { timer: setTimeout(click, secondWithinMs), x: startX, y: startY };
      else click();
    }
  };
  canvas.setPointerCapture(press.pointerId);
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
}
