import { type ArchiveContents, type FindingList, textIn } from '../contents.ts'

/** Lines of `.pth` files that Python's `site` runs at each start: those that begin with `import`. */
export function compareStartCode(before: ArchiveContents, after: ArchiveContents, found: FindingList): void {
  const known = new Set(startLines(before).map(({ line }) => line))
  for (const { file, line } of startLines(after))
    if (!known.has(line)) found.add('start-code-added', `${file}: ${line}`.slice(0, 200))
}

function startLines(archive: ArchiveContents): readonly { readonly file: string; readonly line: string }[] {
  return [...archive.bytes.keys()].flatMap((path) => {
    const file = path.replace(/^[^/]+\.data\/(purelib|platlib)\//, '')
    // Only those that lie beside the packages are read; in a source archive none does yet.
    if (!/^[^/]+\.pth$/.test(file) || !archive.name.endsWith('.whl')) return []
    const lines = (textIn(archive, path) ?? '').split(/\r\n|\r|\n/)
    return lines.filter((line) => /^import[ \t]/.test(line)).map((line) => ({ file, line }))
  })
}
