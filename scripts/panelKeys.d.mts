export interface PanelKeys {
  readonly panel: string;
  readonly keys: readonly { readonly shown: string; readonly does: string }[];
}
export function panelKeys(): PanelKeys[];
