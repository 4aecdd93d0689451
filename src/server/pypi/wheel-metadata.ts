import { unzipSync } from 'fflate'

/** Larger METADATA files are left where they are: pip then reads the wheel itself. */
const maxMetadataBytes = 4 * 1024 * 1024

/** The core metadata file of a wheel, as pip fetches it from `<file>.metadata` (PEP 658); null without one. */
export function wheelMetadata(wheel: Uint8Array): Uint8Array | null {
  let seen = 0
  try {
    const entries = unzipSync(wheel, {
      filter: ({ name, originalSize }) => {
        if (!/^[^/]+\.dist-info\/METADATA$/.test(name) || originalSize > maxMetadataBytes) return false
        // A second one makes the wheel ambiguous; more of them would only take memory.
        seen += 1
        return seen <= 2
      },
    })
    const found = Object.values(entries)
    return found.length === 1 ? (found[0] ?? null) : null
  } catch {
    return null
  }
}
