/**
 * Commands of the editor that a panel's words may lead to. A hint names a command as the palette does, “Cannon: Train”; on the page
 * that name is a link. The extension host lets pages run these and no others. No DOM in here: both ends use this file.
 */

/** By the title in the palette. */
export const linkedCommands: Readonly<Record<string, string>> = {
  'New cannon.yaml': 'cannon.newConfig',
  'Create Sample Survey': 'cannon.createSample',
  Train: 'cannon.train',
  'Cross-Validate': 'cannon.crossValidate',
  'Infer Labels': 'cannon.infer',
  'Make Catalog': 'cannon.makeCatalog',
  'Inspect Star': 'cannon.inspectStar',
  'Show Coefficients': 'cannon.showCoefficients',
  'Show Validation': 'cannon.showValidation',
  'Show Training Set': 'cannon.showTrainingSet',
  'Review Flagged Stars': 'cannon.reviewStars',
  'Restart Language Server': 'cannon.restartServer',
  'Show Log': 'cannon.showLog',
};

/** A hint in pieces: plain texts, and names of commands with the command. */
export function piecesOfHint(hint: string): { readonly text: string; readonly command: string | null }[] {
  return hint.split(/(“Cannon: [^”]+”)/).flatMap((text) => {
    if (text === '') return [];
    const title = /^“Cannon: ([^”]+)”$/.exec(text)?.[1];
    return [{ text, command: title === undefined ? null : (linkedCommands[title] ?? null) }];
  });
}
