/**
 * A panel in a browser page as VS Code would run it: the page that the extension writes, with its content security
 * policy, the theme's variables on the root, the bundle as it is built, and a fake host in place of the extension.
 */
import { build } from 'esbuild';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { panelHtml } from '../../webviews/page';
import type { SpectrumDocument, StarFit } from '../../engine/index';
import type { FakeHost } from './fakeHost';
import type { ThemeName } from './themes';
import { countPage, isMeasured } from './pageCoverage';
import { themes } from './themes';

const root = join(import.meta.dirname, '..', '..');
const origin = 'http://panel.test';

export const viewNames = ['spectrum', 'inspector', 'coefficients', 'validation', 'trainingSet', 'review'] as const;
export type ViewName = (typeof viewNames)[number];
export type Prepared<T> = T | { failure: { message: string; hint: string } } | 'never';

export interface PanelOptions {
  readonly view: ViewName;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** Pixels of the screen a CSS pixel, as a zoom of the whole page has it. */
  readonly scale?: number;
  readonly document?: Prepared<SpectrumDocument>;
  readonly stars?: readonly Prepared<StarFit>[];
  /** What the host answers to other requests, by their names. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** Runs in the page before its own scripts, to answer by functions: `window.fakeHost.answers[name] = …`. */
  readonly prepare?: readonly [script: (argument: number) => void, argument: number];
}

declare global {
  interface Window {
    fakeHost: FakeHost;
    violations: string[];
  }
}

export interface Panel {
  readonly page: Page;
  /** Errors of the page and violations of its policy, so far. */
  complaints(): Promise<string[]>;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The files of a view as the build makes them; with `places`, as they are written and with a map. */
export async function bundleView(view: ViewName, places = false): Promise<{ js: string; css: string; map: string }> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`webviews/${view}/view.ts`],
    bundle: true,
    minify: !places,
    sourcemap: places && 'external',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    write: false,
    outdir: 'out-of-memory',
  });
  const file = (ending: string): string => outputFiles.find((output) => output.path.endsWith(ending))!.text;
  return { js: file('.js'), css: file('.css'), map: places ? file('.js.map') : '' };
}

const bundles = new Map<ViewName, ReturnType<typeof bundleView>>();
let fakeHostScript: Promise<string> | undefined;

async function bundleFakeHost(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test', 'webviews', 'fakeHost.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  return outputFiles[0]!.text;
}

/** Typed arrays as base64, for the way into the page. */
function pack(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    ArrayBuffer.isView(item)
      ? {
          array: item.constructor.name,
          base64: Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('base64'),
        }
      : item,
  );
}

/** Runs in the page before its own scripts. */
function prepare({ packed, theme }: { packed: string; theme: (typeof themes)[ThemeName] }): void {
  const arrays = { Float64Array, Float32Array, Int32Array, Uint8Array } as const;
  const data = JSON.parse(packed, (_, item: unknown) => {
    const box = item as { array?: keyof typeof arrays; base64?: string } | null;
    if (!box?.array || box.base64 === undefined) return item;
    const bytes = Uint8Array.from(atob(box.base64), (character) => character.charCodeAt(0));
    return new arrays[box.array](bytes.buffer);
  }) as Pick<FakeHost, 'document' | 'stars' | 'answers'>;
  Object.assign(window.fakeHost, data);
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`),
  );
  const dress = (): void => {
    if (!document.body) return;
    observer.disconnect();
    document.body.className = theme.bodyClass;
    for (const [name, value] of Object.entries(theme.variables))
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
  };
  const observer = new MutationObserver(dress);
  observer.observe(document, { childList: true, subtree: true });
}

export async function openPanel(browser: Browser, options: PanelOptions): Promise<Panel> {
  const { view, theme = 'dark', width = 1200, height = 640, scale = 1 } = options;
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  if (!bundles.has(view)) bundles.set(view, bundleView(view, isMeasured));
  const { js, css, map } = await bundles.get(view)!;
  const endCount = await countPage(page, view, js, map);
  const codicons = join(root, 'node_modules/@vscode/codicons/dist');
  const html = panelHtml({
    title: 'Panel',
    script: js,
    style: css,
    iconsUri: `${origin}/codicon.css`,
    cspSource: origin,
    nonce: 'b0a1',
  });
  await page.route(`${origin}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (path === '/codicon.css')
      return route.fulfill({
        contentType: 'text/css',
        body: `@layer icons {\n${await readFile(join(codicons, 'codicon.css'), 'utf8')}}\n`,
      });
    if (path === '/codicon.ttf')
      return route.fulfill({ contentType: 'font/ttf', body: await readFile(join(codicons, 'codicon.ttf')) });
    return route.fulfill({ status: 204 });
  });
  await page.addInitScript({ content: await (fakeHostScript ??= bundleFakeHost()) });
  const data = {
    ...(options.document ? { document: options.document } : {}),
    ...(options.stars ? { stars: options.stars } : {}),
    ...(options.answers ? { answers: options.answers } : {}),
  };
  await page.addInitScript(prepare, { packed: pack(data), theme: themes[theme] });
  if (options.prepare) await page.addInitScript(...options.prepare);
  await page.goto(`${origin}/`);
  return {
    page,
    complaints: async () => [...errors, ...(await page.evaluate(() => window.violations))],
    screenshot: async (name) => {
      const folder = join(root, 'artifacts', 'webviews');
      await mkdir(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
    close: async () => {
      await endCount();
      await context.close();
    },
  };
}
