/**
 * The ink of plots, taken from the editor's theme: data in the foreground colour, the model in the charts' orange.
 * Canvases do not follow CSS variables by themselves, so plots read this again whenever the theme changes.
 */
import { color } from 'chart.js/helpers';
import { categoryVariables } from './colours';

export interface Ink {
  readonly background: string;
  readonly foreground: string;
  /** Axis numbers and titles. */
  readonly quiet: string;
  /** The plot's frame and rules. */
  readonly frame: string;
  readonly model: string;
  /** What is compared with the model: another one, another star. */
  readonly second: string;
  /** In the order of `categoryVariables`. */
  readonly categories: readonly string[];
  readonly selection: string;
  readonly fontFamily: string;
  readonly fontSizePx: number;
  /** High contrast themes get full strength instead of tints. */
  readonly highContrast: boolean;
}

export function readInk(): Ink {
  const style = getComputedStyle(document.body);
  const variable = (name: string, fallback: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  const foreground = variable('editor-foreground', '#333333');
  const highContrast = document.body.className.includes('vscode-high-contrast');
  const quiet = highContrast ? foreground : variable('descriptionForeground', foreground);
  return {
    background: variable('editor-background', '#ffffff'),
    foreground,
    quiet,
    frame: highContrast ? variable('contrastBorder', foreground) : withAlpha(quiet, 0.55),
    // In the light high contrast theme the charts' orange is a dark blue, too near to the ink of the data.
    model: variable(
      document.body.classList.contains('vscode-high-contrast-light') ? 'editorWarning-foreground' : 'charts-orange',
      '#d18616',
    ),
    second: variable('charts-purple', foreground),
    categories: categoryVariables.map((name) => variable(name, foreground)),
    selection: variable('focusBorder', foreground),
    fontFamily: variable('font-family', 'sans-serif'),
    fontSizePx: Math.max(10, (parseFloat(variable('font-size', '13px')) || 13) - 2),
    highContrast,
  };
}

/** `ink` at `alpha` of its own opacity. */
export function withAlpha(ink: string, alpha: number): string {
  const parsed = color(ink);
  return parsed.valid ? parsed.alpha(parsed.rgb.a * alpha).rgbString() : ink;
}

/**
 * `ink` as it looks at `alpha` on the background, but opaque: browsers paint thin lines segment by segment, and where a
 * translucent line runs over itself within a screen column it would come out darker than it should.
 */
export function diluted(ink: string, background: string, alpha: number): string {
  const [a, b] = [color(ink), color(background)];
  if (!a.valid || !b.valid) return ink;
  const share = alpha * a.rgb.a;
  const mix = (channel: 'r' | 'g' | 'b'): number => Math.round(share * a.rgb[channel] + (1 - share) * b.rgb[channel]);
  return `rgb(${mix('r')}, ${mix('g')}, ${mix('b')})`;
}

/** Calls back after each change of theme: VS Code changes the class of the body and the variables on the root. */
export function onThemeChange(listener: () => void): void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
