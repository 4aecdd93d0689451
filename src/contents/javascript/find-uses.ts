import { type ArchiveContents, textIn } from '../contents.ts'
import { isInnerFile, type NpmSide } from './compare-entries.ts'
import { fileBehind, publicSubpaths } from './entries.ts'
import { scanModule } from './module-scan.ts'

/** Where a dependent's code loads what the baseline has and the candidate lacks: files and entries by their path. */
export function findUses(
  dependent: ArchiveContents,
  before: NpmSide,
  after: NpmSide,
): readonly { readonly name: string; readonly where: string }[] {
  const { name } = before.manifest
  const found: { name: string; where: string }[] = []
  for (const path of dependent.bytes.keys()) {
    if (!/\.[cm]?js$/.test(path) || isInnerFile(path)) continue
    const text = textIn(dependent, path) ?? ''
    if (name === '' || !text.includes(name)) continue
    for (const { specifier, line, guarded, how } of scanModule(text)?.uses ?? []) {
      if (guarded && how !== 'require') continue
      const subpath =
        specifier === name
          ? '.'
          : specifier.startsWith(`${name}/`)
            ? `.${specifier.slice(name.length)}`
            : null
      if (subpath !== null && subpath !== '.' && canLoad(before, subpath) && !canLoad(after, subpath))
        found.push({ name: specifier, where: `${path}:${line}` })
    }
  }
  return found
}

function canLoad({ manifest, archive }: NpmSide, subpath: string): boolean {
  return manifest.exports === null
    ? fileBehind(archive, subpath) !== null
    : publicSubpaths(manifest, archive).has(subpath)
}
