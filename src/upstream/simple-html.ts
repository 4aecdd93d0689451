import { Parser } from 'htmlparser2'
import { fileNameOf } from '../catalog/overlaid/overlaid-packument.ts'

/**
 * An HTML project page of the simple API (PEP 503, 592, 629, 658, 714, 740, 792) in the shape of its JSON form
 * (PEP 691), for indexes that have only HTML. What HTML cannot say (sizes, upload times) is absent.
 */
export function simpleHtmlDocument(html: string, pageUrl: string): Readonly<Record<string, unknown>> {
  const links: Link[] = []
  const meta: Record<string, string> = {}
  let base: string | null = null
  let current: { readonly attributes: Attributes; text: string } | null = null
  const parser = new Parser({
    onopentag: (name, attributes) => {
      // The first one counts, for what stands before it, too.
      if (name === 'base' && attributes.href && URL.canParse(attributes.href, pageUrl))
        base ??= new URL(attributes.href, pageUrl).href
      if (name === 'meta' && attributes.name && attributes.content !== undefined) {
        meta[attributes.name] = attributes.content
      }
      if (name === 'a') current = { attributes, text: '' }
    },
    ontext: (text) => {
      if (current !== null) current.text += text
    },
    onclosetag: (name) => {
      if (name !== 'a' || current === null) return
      links.push(current)
      current = null
    },
  })
  parser.end(html)
  const files = links.flatMap(
    ({ attributes, text }) => fileOf(attributes, text.trim(), base ?? pageUrl) ?? [],
  )
  const status = meta['pypi:project-status']
  return {
    meta: { 'api-version': meta['pypi:repository-version'] ?? '1.0' },
    ...(status !== undefined && { 'project-status': statusOf(status, meta) }),
    files,
  }
}

type Attributes = Readonly<Record<string, string>>

interface Link {
  readonly attributes: Attributes
  readonly text: string
}

function statusOf(status: string, meta: Attributes): Attributes {
  const reason = meta['pypi:project-status-reason']
  return { status, ...(reason !== undefined && { reason }) }
}

function fileOf(attributes: Attributes, text: string, base: string): Record<string, unknown> | null {
  const { href } = attributes
  if (href === undefined || !URL.canParse(href, base)) return null
  const url = new URL(href, base)
  const [, algorithm, digest] = /[#&](md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-f]+)/i.exec(url.hash) ?? []
  url.hash = ''
  const python = attributes['data-requires-python']
  const metadata = metadataOf(attributes['data-core-metadata'] ?? attributes['data-dist-info-metadata'])
  const yanked = attributes['data-yanked']
  const provenance = attributes['data-provenance']
  const signed = attributes['data-gpg-sig']
  const uploaded = attributes['data-upload-time']
  return {
    // Installers go by the address; what the link says is for people.
    filename: fileNameOf(url.href) || text,
    url: url.href,
    hashes: algorithm && digest ? { [algorithm.toLowerCase()]: digest.toLowerCase() } : {},
    ...(python !== undefined && { 'requires-python': python }),
    ...(metadata !== null && { 'core-metadata': metadata, 'data-dist-info-metadata': metadata }),
    ...(provenance !== undefined && { provenance }),
    ...(uploaded !== undefined && { 'upload-time': uploaded }),
    ...(signed !== undefined && { 'gpg-sig': signed === 'true' }),
    // The attribute alone yanks; its text is the reason (PEP 592).
    ...(yanked !== undefined && { yanked: yanked === '' ? true : yanked }),
  }
}

function metadataOf(value: string | undefined): unknown {
  const [, algorithm, digest] = /^([a-z0-9]+)=([0-9a-f]+)$/i.exec(value ?? '') ?? []
  if (algorithm && digest) return { [algorithm]: digest }
  return value === 'true' || value === '' ? true : null
}
