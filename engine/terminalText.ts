/**
 * Text for a terminal. Headers, tables and names of files are somebody else's: a control character among them would move the cursor,
 * rename the window or hide a line, and marks of direction would reorder it. They are shown as escapes, which JSON too reads as
 * what they stand for.
 */

/** Line feed and tab stay; other controls (C0, C1, DEL) and marks of direction become `\u001b`, `\u202e`. */
export function terminalText(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (mark) =>
    mark === '\n' || mark === '\t' ? mark : `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
