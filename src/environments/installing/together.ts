import { join } from 'node:path'
import { done, type Outcome } from '../outcome.ts'
import type { RootParts } from '../root/change-root.ts'
import { freshSuffix } from '../root/environment-files.ts'
import { readMarker } from '../root/installed-marker.ts'
import { versionFolder } from '../root/state-store.ts'
import { alreadyThere } from './already-there.ts'
import type { Installer, NamedOrder } from './installer.ts'

/**
 * The versions that Python packages of one process have in common, found before anything is installed: those of
 * what is there already, and for the rest those that the installer finds to go with them.
 */
export async function constraintsFor(
  parts: RootParts,
  orders: readonly NamedOrder[],
  installer: Installer,
): Promise<Outcome<readonly string[]>> {
  const fixed: string[] = []
  const open: NamedOrder[] = []
  for (const order of orders.filter(({ ref }) => ref.ecosystem === 'pypi')) {
    const there = await alreadyThere(parts, order, installer)
    if (!there.ok) return there
    if (there.value === null) open.push(order)
    else {
      const folder = versionFolder(parts.root, order.ref, there.value.build.folder)
      const contents = (await readMarker(parts.files, folder))?.contents ?? {}
      fixed.push(...Object.entries(contents).map(([name, version]) => `${name}==${version}`))
    }
  }
  if (open.length === 0) return done(fixed)
  // A name that the next command removes where this one is killed.
  const folder = join(parts.root, '.slipway', `written.${freshSuffix()}`)
  await parts.files.makeFolder(folder)
  try {
    const found = await installer.together(
      open.map((order) => ({ ...order, constraints: fixed })),
      folder,
    )
    return found.ok ? done([...new Set([...fixed, ...found.value])]) : found
  } finally {
    await parts.files.remove(folder)
  }
}
