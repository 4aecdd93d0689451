/** Core metadata of a wheel or sdist: headers in file order, names in lower case, plus the description. */
export interface PythonMetadata {
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly description: string
}

/**
 * Reads `METADATA` or `PKG-INFO`: email-like headers with folded lines, then the description
 * (https://packaging.python.org/en/latest/specifications/core-metadata/).
 */
export function readPythonMetadata(text: string): PythonMetadata {
  const lines = text.replace(/\r\n/g, '\n').split('\n')
  const end = lines.indexOf('')
  const headers: { name: string; value: string }[] = []
  for (const line of end === -1 ? lines : lines.slice(0, end)) {
    const last = headers.at(-1)
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.value += `\n${line.replace(/^(?: {7}\|| {8}|[ \t]+)/, '')}`
      continue
    }
    const colon = line.indexOf(':')
    if (colon > 0)
      headers.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() })
  }
  const body = end === -1 ? '' : lines.slice(end + 1).join('\n')
  const description = headers.find((header) => header.name === 'description')?.value
  return { headers, description: description ?? body }
}

/** First value of a header, or null. */
export function metadataValue(metadata: PythonMetadata, name: string): string | null {
  return metadata.headers.find((header) => header.name === name)?.value ?? null
}

/** Form fields whose name is not simply the header in snake case. */
const PLURALS: Readonly<Record<string, string>> = { classifier: 'classifiers', 'project-url': 'project_urls' }

const KNOWN = new Set(
  `metadata-version name version summary home-page author author-email maintainer maintainer-email license
  license-expression license-file description-content-type keywords platform supported-platform classifier
  requires-dist requires-python requires-external project-url provides-dist obsoletes-dist provides-extra
  dynamic download-url provides requires obsoletes`.split(/\s+/),
)

/** The metadata part of the upload form, as twine sends it: one pair per value. */
export function metadataFields(metadata: PythonMetadata): readonly (readonly [string, string])[] {
  const fields = metadata.headers
    .filter((header) => KNOWN.has(header.name))
    .map((header) => [PLURALS[header.name] ?? header.name.replaceAll('-', '_'), header.value] as const)
  return metadata.description === '' ? fields : [...fields, ['description', metadata.description] as const]
}
