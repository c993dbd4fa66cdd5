/**
 * Texts in CSV files that people open in spreadsheets. A cell that begins with = or @, or with a sign that no number follows, is computed
 * there: a designation in a header would become a program. Such a text is written with an apostrophe before it, which spreadsheets take
 * for "this is text"; reading our own tables takes it off again. Numbers are no texts and are left alone.
 */

/** Positions and numbers with a sign (`+45 12 30`, `-1e5`) say nothing that could be computed. */
const computed = /^'*(?:[=@\t\r]|[+-](?![\d\s.:eE+-]*$))/;

export function sheetText(text: string): string {
  return computed.test(text) ? `'${text}` : text;
}

/** What `sheetText` was given. */
export function fromSheetText(text: string): string {
  return text.startsWith("'") && computed.test(text) ? text.slice(1) : text;
}
