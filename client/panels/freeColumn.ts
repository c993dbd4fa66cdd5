/** Where a new panel opens: beside what one is working at, over nothing that one is looking at. */
import { TabInputWebview, ViewColumn, window } from 'vscode';

/** With more columns than that, a plot of a spectrum is too narrow to be read. */
const mostColumns = 3;

/**
 * The column for a new panel: one that shows nothing, else a new one; where there are many, one with another panel.
 * @param own the column where this kind of panel was last, taken before others that are as good
 */
export function freeColumn(own: ViewColumn | null): ViewColumn {
  const { all, activeTabGroup } = window.tabGroups;
  if (activeTabGroup.activeTab === undefined) return activeTabGroup.viewColumn;
  const others = all.filter((group) => group !== activeTabGroup);
  const empty = others.find(({ activeTab }) => activeTab === undefined);
  if (empty) return empty.viewColumn;
  if (all.length < mostColumns) return all.length + 1;
  const panels = others.filter(({ activeTab }) => activeTab?.input instanceof TabInputWebview);
  const chosen = panels.find(({ viewColumn }) => viewColumn === own) ?? panels.at(-1) ?? others.at(-1);
  return chosen?.viewColumn ?? ViewColumn.Beside;
}
