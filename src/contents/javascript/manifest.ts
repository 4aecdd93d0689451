import { isMapping } from '../../catalog/mapping.ts'
import { type ArchiveContents, textIn } from '../contents.ts'

/** `package.json`, as far as rules read it; a field of another shape than npm's counts as absent. */
export interface Manifest {
  readonly raw: Readonly<Record<string, unknown>>
  readonly name: string
  readonly type: 'module' | 'commonjs'
  readonly main: string | null
  readonly exports: unknown
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly optionalPeers: readonly string[]
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly engines: Readonly<Record<string, string>>
}

/** Reads the manifest of a tarball; null where it is missing or no JSON object. */
export function readManifest(archive: ArchiveContents): Manifest | null {
  const text = textIn(archive, 'package.json')
  if (text === null) return null
  try {
    const raw: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return isMapping(raw) ? withImpliedBuild(asManifest(raw), archive) : null
  } catch {
    return null
  }
}

/** npm builds what has a `binding.gyp` and no word of its own about installing. */
function withImpliedBuild(manifest: Manifest, { sizes }: ArchiveContents): Manifest {
  const { raw, scripts } = manifest
  const saysItself = 'install' in scripts || 'preinstall' in scripts || raw.gypfile === false
  if (saysItself || !sizes.has('binding.gyp')) return manifest
  return { ...manifest, scripts: { ...scripts, install: 'node-gyp rebuild' } }
}

function asManifest(raw: Readonly<Record<string, unknown>>): Manifest {
  const name = typeof raw.name === 'string' ? raw.name : ''
  const meta = isMapping(raw.peerDependenciesMeta) ? raw.peerDependenciesMeta : {}
  return {
    raw,
    name,
    type: raw.type === 'module' ? 'module' : 'commonjs',
    main: typeof raw.main === 'string' && raw.main !== '' ? raw.main : null,
    exports: raw.exports ?? null,
    dependencies: texts(raw.dependencies),
    peerDependencies: texts(raw.peerDependencies),
    optionalPeers: Object.entries(meta).flatMap(([peer, said]) =>
      isMapping(said) && said.optional === true ? [peer] : [],
    ),
    optionalDependencies: texts(raw.optionalDependencies),
    scripts: texts(raw.scripts),
    bin: typeof raw.bin === 'string' ? { [name.split('/').at(-1) ?? name]: raw.bin } : texts(raw.bin),
    engines: texts(raw.engines),
  }
}

function texts(value: unknown): Record<string, string> {
  if (!isMapping(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}
