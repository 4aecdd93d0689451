import type { PackageRecord } from '../package-record.ts'
import type { OverlaidPackage } from './overlaid-package.ts'
import { withReleased } from './plan-adoption.ts'

/** What is decided here about a package of another index, beside what its upstream says. */
export interface PackageMarks {
  /** What counts as fully released. */
  readonly released: 'all' | readonly string[]
  /** Files that came, or became others, when their version was there already; by name. */
  readonly lateFiles: ReadonlyMap<string, 'waits' | 'shown'>
  /** Reasons by version in normal form. */
  readonly blocks: ReadonlyMap<string, string>
  /** Versions that an operator shows to everybody. */
  readonly opened: ReadonlySet<string>
  /** Pins do not get what is held. */
  readonly holdsPins: boolean
}

/** The package with that put down where views read it. */
export function withMarks<Overlaid extends OverlaidPackage>(
  overlaid: Overlaid,
  marks: PackageMarks,
): Overlaid {
  const released = withReleased(overlaid, marks.released)
  const { lateFiles, blocks, opened, holdsPins } = marks
  if (lateFiles.size === 0 && blocks.size === 0 && opened.size === 0 && !holdsPins) return released
  const versions: PackageRecord['versions'] = Object.fromEntries(
    Object.entries(released.record.versions).map(([version, record]) => {
      const blocked = blocks.get(version) ?? record.blocked
      const files = record.files.map((file) => {
        const late = lateFiles.get(file.name)
        return late === undefined ? file : { ...file, late }
      })
      return [
        version,
        {
          ...record,
          files,
          ...(blocked !== undefined && { blocked }),
          ...(opened.has(version) && { opened: true, released: true }),
          ...(holdsPins && { holdsPins }),
        },
      ]
    }),
  )
  return { ...released, record: { ...released.record, versions } }
}
