/** The keys of the panel. */
import type { Key } from '../keys';
import type { TrainingSetPanel } from './view';

export const pointer =
  'On the diagram the wheel zooms at the pointer, Shift and wheel zooms the vertical axis, a drag pans, Shift and drag frames a region, a double click shows everything, a click inspects a star.';

const arrows: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A control that has the focus keeps the keys that are its own. */
const isFree = (): boolean => !(document.activeElement instanceof HTMLButtonElement);

export function keysOf(panel: TrainingSetPanel, openExport: () => void): Key[] {
  return [
    {
      keys: Object.keys(arrows),
      shown: '← → ↑ ↓',
      does: 'Go from star to star; with Shift, move the view',
      run: (event) => panel.arrow(...arrows[event.key]!, event.shiftKey),
    },
    {
      keys: ['Enter'],
      shown: 'Enter',
      does: 'Inspect the star',
      run: () => panel.inspectMarked(),
      isActive: () => isFree() && panel.marked !== null,
    },
    {
      keys: ['x'],
      shown: 'X',
      does: 'Exclude the star from training',
      run: () => panel.excludeMarked(),
      isActive: () => panel.marked !== null,
    },
    { keys: ['u'], shown: 'U', does: 'Undo the last verdict', run: () => panel.undo() },
    { keys: ['j'], shown: 'J', does: 'Stars dropped by the next step', run: () => panel.stepFunnel(1) },
    { keys: ['k'], shown: 'K', does: 'Stars dropped by the previous step', run: () => panel.stepFunnel(-1) },
    { keys: ['v'], shown: 'V', does: 'Diagram, bins, histograms', run: () => panel.stepMode() },
    { keys: [']'], shown: ']', does: 'Colour by the next column', run: () => panel.stepColour(1) },
    { keys: ['['], shown: '[', does: 'Colour by the previous column', run: () => panel.stepColour(-1) },
    { keys: ['d'], shown: 'D', does: 'Show or hide dropped stars', run: () => panel.toggleDropped() },
    { keys: ['b'], shown: 'B', does: 'A drag frames a region, or pans again', run: () => panel.toggleBrush() },
    { keys: ['a'], shown: 'A', does: 'List the stars in view', run: () => panel.listView() },
    { keys: ['l'], shown: 'L', does: 'Go to the list', run: () => panel.focusList() },
    { keys: ['+', '='], shown: '+', does: 'Zoom in', run: () => panel.zoom(2) },
    { keys: ['-', '_'], shown: '−', does: 'Zoom out', run: () => panel.zoom(0.5) },
    { keys: ['0'], shown: '0', does: 'Show everything', run: () => panel.reset() },
    { keys: ['f'], shown: 'F', does: 'Show or hide funnel and labels', run: () => panel.toggleFacts() },
    { keys: ['e'], shown: 'E', does: 'Export', run: openExport },
    { keys: ['Escape'], shown: 'Esc', does: 'Close the list', run: () => panel.clear() },
  ];
}
