type Manifest = Readonly<Record<string, unknown>>

/** What stands at the top of a document as well, and says what the version says that the view calls latest. */
const latestMembers = ['readme', 'readmeFilename', 'description', 'keywords'] as const

/** Those members of a version's manifest that it has. */
export function membersOfLatest(manifest: Manifest): Manifest {
  const kept = latestMembers.filter((member) => Object.hasOwn(manifest, member))
  return Object.fromEntries(kept.map((member) => [member, manifest[member]]))
}

/** A README stands once, at the top: one in each version makes nearly all of many a document. */
export function withoutReadme({ readme: _, readmeFilename: _name, ...manifest }: Manifest): Manifest {
  return manifest
}
