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
  // Python's own reader takes a lone carriage return for a line end, too.
  const lines = text.split(/\r\n|\r|\n/)
  const headers: { name: string; value: string }[] = []
  let end = 0
  for (const line of lines) {
    const last = headers.at(-1)
    const [, name, value = ''] = /^([^\s:][^:]*):(.*)$/.exec(line) ?? []
    if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value += `\n${line.replace(/^(?: {7}\|| {8}|[ \t]+)/, '')}`
    } else if (name !== undefined) {
      headers.push({ name: name.trim().toLowerCase(), value: value.trim() })
    } else break
    end += 1
  }
  // Headers end at the first line that is none, which belongs to the description unless it is empty.
  const body = lines.slice(lines[end] === '' ? end + 1 : end).join('\n')
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
