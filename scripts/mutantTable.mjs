/** The results of mutation testing as a Markdown table: a line a file and a line for all. */

const states = ['killed', 'hung', 'equivalent', 'unreached', 'lived'];

/** @param {{ file: string, state: string }[]} mutants */
export function mutantTable(mutants) {
  const files = new Map();
  for (const { file, state } of mutants) {
    const counts = files.get(file) ?? Object.fromEntries(states.map((name) => [name, 0]));
    counts[state]++;
    files.set(file, counts);
  }
  const row = (name, counts) => {
    const all = states.reduce((sum, state) => sum + counts[state], 0);
    return `| ${[name, all, ...states.map((state) => counts[state])].join(' | ')} |`;
  };
  const total = Object.fromEntries(states.map((s) => [s, mutants.filter(({ state }) => state === s).length]));
  return [
    `| file | mutants | ${states.join(' | ')} |`,
    `| --- |${' --: |'.repeat(states.length + 1)}`,
    ...[...files].map(([file, counts]) => row(`\`${file}\``, counts)),
    row('all', total),
  ].join('\n');
}
