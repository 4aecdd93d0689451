/**
 * Who asks for what, in pip's own words, where the packages of one installation exclude each other; null for an
 * output that tells of no such thing. pip finds out before it installs anything.
 */
export function pipConflict(output: string): string | null {
  const block = /^The conflict is caused by:\s*\n((?: {4}.*(?:\n|$))+)/m.exec(output.replaceAll('\r', ''))
  if (block?.[1] === undefined) return null
  const lines = block[1].split('\n').filter((line) => line.trim() !== '')
  const wanted = /^ERROR: Cannot install (.*) because/m.exec(output)?.[1] ?? 'this'
  return [
    `${wanted} cannot be installed, because what it needs excludes each other:`,
    ...lines.map(
      (line) =>
        `  ${line.trim().replace('The user requested (constraint)', 'another package of this process has')}`,
    ),
    'nothing was installed',
  ].join('\n')
}
