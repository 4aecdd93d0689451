import { Range, subset, validRange } from 'semver'
import type { FindingList } from '../contents.ts'
import type { Manifest } from './manifest.ts'

/** What installers read: engines, dependencies, peers, scripts that run at install. */
export function compareManifests(before: Manifest, after: Manifest, found: FindingList): void {
  for (const engine of ['node', 'npm']) {
    const [old, now] = [before.engines[engine] ?? '*', after.engines[engine]]
    if (now !== undefined && isNarrower(now, old)) found.add('engines-narrowed', `${engine} ${old} -> ${now}`)
  }
  for (const [name, range] of Object.entries(after.dependencies)) {
    const old = before.dependencies[name] ?? before.optionalDependencies[name]
    if (old === undefined) found.add('dependency-added', `${name} ${range}`)
    else if (old !== range && lowest(range) > lowest(old))
      found.add('dependency-floor-raised', `${name} ${old} -> ${range}`)
  }
  found.add(
    'dependency-removed',
    ...Object.keys(before.dependencies).filter((name) => !(name in after.dependencies)),
  )
  comparePeers(before, after, found)
  const had = new Set(installHooks.filter((name) => name in before.scripts))
  found.add(
    'install-script-added',
    ...installHooks
      .filter((name) => name in after.scripts && !had.has(name) && !isMovedHook(name, before, after))
      .map((name) => `${name}: ${after.scripts[name] ?? ''}`.slice(0, 200)),
  )
}

const installHooks = ['preinstall', 'install', 'postinstall']

/** The same command at another moment of the installation is nothing that was not run before. */
function isMovedHook(name: string, before: Manifest, after: Manifest): boolean {
  return installHooks.some((other) => before.scripts[other] === after.scripts[name])
}

function comparePeers(before: Manifest, after: Manifest, found: FindingList): void {
  for (const [name, range] of Object.entries(after.peerDependencies)) {
    if (after.optionalPeers.includes(name)) continue
    const old = before.peerDependencies[name]
    if (old === undefined || before.optionalPeers.includes(name)) {
      if (before.dependencies[name] === undefined || old === undefined)
        found.add('peer-added', `${name} ${range}`)
    } else if (isNarrower(range, old)) found.add('peer-narrowed', `${name} ${old} -> ${range}`)
  }
}

/** Whether a range leaves out what another one admits; ranges that cannot be read are not compared. */
function isNarrower(now: string, old: string): boolean {
  if (validRange(now) === null || validRange(old) === null) return false
  return !subset(old, now, { loose: true })
}

function lowest(range: string): number {
  try {
    const first = new Range(range).set[0]?.[0]?.semver
    return first === undefined ? 0 : (first.major ?? 0)
  } catch {
    return 0
  }
}
