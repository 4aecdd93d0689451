import { isVersion, isWrittenInFull } from '../choosing/version-rule.ts'
import { done, type Outcome } from '../outcome.ts'
import type { RootParts } from '../root/change-root.ts'
import {
  buildFor,
  type InstalledBuild,
  type InstalledVersion,
  type PackageState,
} from '../root/package-state.ts'
import { readState } from '../root/state-store.ts'
import type { Installer, NamedOrder } from './installer.ts'

/** A version and a build of it, as an order asks for them. */
export interface ThereAlready {
  readonly state: PackageState
  readonly entry: InstalledVersion
  readonly build: InstalledBuild
}

/** What an order asks for by a full number, where it is installed for this interpreter with these extras. */
export async function alreadyThere(
  { files, root }: RootParts,
  { ref, rule, extras }: NamedOrder,
  installer: Installer,
): Promise<Outcome<ThereAlready | null>> {
  if (rule.kind !== 'full' && rule.kind !== 'partial') return done(null)
  // 1 and 1.2 mean the newest that the index has, whatever is here.
  if (rule.kind === 'partial' && !isWrittenInFull(rule.text)) return done(null)
  const state = await readState(files, root, ref)
  const entry = state?.versions.find(({ version }) => isVersion(ref.ecosystem, rule.text, version))
  if (state === null || entry === undefined) return done(null)
  const interpreter = await installer.interpreter(ref.ecosystem)
  if (!interpreter.ok) return interpreter
  const build = buildFor(entry, { interpreter: interpreter.value, extras })
  return done(build === null ? null : { state, entry, build })
}
